import java.io.File;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.Hashtable;
import java.util.List;

import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TSPAlgorithms;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampTokenGenerator;

/** The test authority's keys, and signing as the examples of the Java libraries do it: with BouncyCastle. */
final class Common {
    static final char[] PASSWORD = "honest".toCharArray();
    final File inputs, trust, out;

    Common(String[] arguments) {
        inputs = new File(arguments[0]);
        trust = new File(arguments[1]);
        out = new File(arguments[2]);
        Security.addProvider(new BouncyCastleProvider());
    }

    File input(String name) {
        return new File(inputs, name + ".pdf");
    }

    File output(String name) {
        return new File(out, name + ".pdf");
    }

    /** Says what was made: name, input, key, what was done, the strictest policy that has to accept it. */
    void made(String name, String input, String key, String kind, String policy) {
        System.out.println(String.join("\t", name, input, key, kind, policy));
    }

    PrivateKey key(String name) throws Exception {
        return (PrivateKey) store(name).getKey(name, PASSWORD);
    }

    Certificate[] chain(String name) throws Exception {
        return store(name).getCertificateChain(name);
    }

    private KeyStore store(String name) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(new File(trust, name + ".p12").toPath())) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    X509Certificate certificate(String name) throws Exception {
        try (InputStream in = Files.newInputStream(new File(trust, name + ".cert.pem").toPath())) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    /** The revocation lists of the authority, DER. */
    List<byte[]> lists() throws Exception {
        List<byte[]> lists = new ArrayList<>();
        for (String name : Arrays.asList("root", "intermediate")) {
            lists.add(Files.readAllBytes(new File(trust, name + ".crl").toPath()));
        }
        return lists;
    }

    static String algorithm(String key) {
        switch (key) {
            case "p256": return "SHA256withECDSA";
            case "p384": return "SHA384withECDSA";
            case "ed25519": return "Ed25519";
            case "rsa2048-pss": return "SHA256withRSAandMGF1";
            default: return "SHA256withRSA";
        }
    }

    /** Detached CMS over `content`; `cades` binds the certificate (RFC 5035), `stamped` adds a time stamp. */
    byte[] sign(byte[] content, String key, boolean cades, boolean stamped) throws Exception {
        Certificate[] chain = chain(key);
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        JcaSignerInfoGeneratorBuilder builder = new JcaSignerInfoGeneratorBuilder(digests());
        if (cades) {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(chain[0].getEncoded());
            ASN1EncodableVector attributes = new ASN1EncodableVector();
            attributes.add(new Attribute(PKCSObjectIdentifiers.id_aa_signingCertificateV2,
                new DERSet(new SigningCertificateV2(new ESSCertIDv2(hash)))));
            AttributeTable table = new AttributeTable(attributes);
            builder.setSignedAttributeGenerator(new DefaultSignedAttributeTableGenerator(table) {
                @Override
                @SuppressWarnings({"rawtypes", "unchecked"})
                protected Hashtable createStandardAttributeTable(java.util.Map parameters) {
                    Hashtable made = super.createStandardAttributeTable(parameters);
                    // EN 319 142-1, clause 6.3: the time is in the signature dictionary, and in no attribute.
                    made.remove(CMSAttributes.signingTime);
                    return made;
                }
            });
        }
        generator.addSignerInfoGenerator(builder.build(
            new JcaContentSignerBuilder(algorithm(key)).setProvider("BC").build(key(key)), (X509Certificate) chain[0]));
        generator.addCertificates(new JcaCertStore(Arrays.asList(chain)));
        CMSSignedData signed = generator.generate(new CMSProcessableByteArray(content), false);
        if (stamped) {
            SignerInformation signer = signed.getSignerInfos().getSigners().iterator().next();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(signer.getSignature());
            ASN1EncodableVector unsigned = new ASN1EncodableVector();
            unsigned.add(new Attribute(PKCSObjectIdentifiers.id_aa_signatureTimeStampToken,
                new DERSet(org.bouncycastle.asn1.ASN1Primitive.fromByteArray(stamp(digest)))));
            SignerInformation with =
                SignerInformation.replaceUnsignedAttributes(signer, new AttributeTable(unsigned));
            signed = CMSSignedData.replaceSigners(signed, new SignerInformationStore(with));
        }
        return signed.getEncoded();
    }

    /** A time stamp token over a SHA-256 digest, by the authority's own service. */
    byte[] stamp(byte[] digest) throws Exception {
        PrivateKey key = (PrivateKey) stampingKey();
        TimeStampTokenGenerator tokens = new TimeStampTokenGenerator(
            new JcaSignerInfoGeneratorBuilder(digests()).build(
                new JcaContentSignerBuilder("SHA256withRSA").setProvider("BC").build(key), certificate("tsa")),
            digests().get(new AlgorithmIdentifier(TSPAlgorithms.SHA256)),
            new ASN1ObjectIdentifier("1.2.3.4.1"));
        tokens.addCertificates(new JcaCertStore(Arrays.asList(certificate("tsa"), certificate("intermediate"))));
        TimeStampRequestGenerator requests = new TimeStampRequestGenerator();
        requests.setCertReq(true);
        TimeStampRequest request = requests.generate(TSPAlgorithms.SHA256, digest);
        return tokens.generate(request, BigInteger.valueOf(System.nanoTime()), new Date()).getEncoded();
    }

    private java.security.Key stampingKey() throws Exception {
        String pem = new String(Files.readAllBytes(new File(trust, "tsa.key.pem").toPath()), "US-ASCII");
        byte[] der = java.util.Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        return java.security.KeyFactory.getInstance("RSA").generatePrivate(new java.security.spec.PKCS8EncodedKeySpec(der));
    }

    private static DigestCalculatorProvider digests() throws Exception {
        return new JcaDigestCalculatorProviderBuilder().setProvider("BC").build();
    }
}

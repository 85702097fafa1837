import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.cert.CRL;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;

import com.itextpdf.text.Document;
import com.itextpdf.text.Paragraph;
import com.itextpdf.text.Rectangle;
import com.itextpdf.text.pdf.PdfAnnotation;
import com.itextpdf.text.pdf.PdfDictionary;
import com.itextpdf.text.pdf.PdfName;
import com.itextpdf.text.pdf.PdfReader;
import com.itextpdf.text.pdf.PdfSignatureAppearance;
import com.itextpdf.text.pdf.PdfStamper;
import com.itextpdf.text.pdf.PdfWriter;
import com.itextpdf.text.pdf.security.BouncyCastleDigest;
import com.itextpdf.text.pdf.security.CrlClient;
import com.itextpdf.text.pdf.security.ExternalSignature;
import com.itextpdf.text.pdf.security.LtvTimestamp;
import com.itextpdf.text.pdf.security.LtvVerification;
import com.itextpdf.text.pdf.security.MakeSignature;
import com.itextpdf.text.pdf.security.MakeSignature.CryptoStandard;
import com.itextpdf.text.pdf.security.PrivateKeySignature;
import com.itextpdf.text.pdf.security.TSAClient;

/** Files that iText 5 signs: Itext5 INPUTS TRUST OUT. */
public final class Itext5 {
    private static Common common;

    public static void main(String[] arguments) throws Exception {
        common = new Common(arguments);
        String[] every = {"draft-residence", "draft-employment", "plain", "xref-stream", "linearized", "encrypted-128"};
        for (String input : every) {
            new Step(input).key("rsa2048").save("cms-" + input, "pkcs7 detached", "seal");
            new Step(input).cades().save("cades-" + input, "PAdES B-B", "seal");
        }
        new Step("plain").key("rsa2048").rewritten().save("rewritten", "pkcs7 detached, file written anew", "seal");
        new Step("draft-residence").key("rsa2048").rewritten().save("rewritten-draft", "pkcs7 detached, file written anew", "seal");
        new Step("plain").key("rsa3072").hash("SHA-512").save("key-rsa3072", "pkcs7 detached, sha512", "seal");
        new Step("plain").key("p384").cades().hash("SHA-384").save("key-p384", "PAdES B-B, sha384", "seal");
        new Step("plain").key("rsa2048").hash("SHA-1").save("sha1", "pkcs7 detached, sha1", "seal");
        for (int level = 1; level <= 3; level++) {
            new Step("plain").certify(level).save("certified-p" + level, "certified, P " + level, "seal");
        }
        for (String input : new String[] {"draft-residence", "plain", "xref-stream"}) {
            new Step(input).cades().stamped().save("t-" + input, "PAdES B-T", "seal");
            new Step(input).key("rsa2048").cades().stamped().then().validationData().save("lt-" + input, "PAdES B-LT", "seal");
            new Step(input).key("rsa2048").cades().stamped().then().validationData().then().documentStamp()
                .save("lta-" + input, "PAdES B-LTA", "seal");
            new Step(input).key("rsa2048").visible().save("visible-" + input, "pkcs7 detached, visible", "seal");
            new Step(input).key("rsa2048").field("A").then().field("B").save("two-" + input, "two signatures", "pades");
            new Step(input).key("rsa2048").field("A").then().field("B").visible().then().key("p384").field("C")
                .save("three-" + input, "three signatures, one visible", "pades");
        }
        for (String input : new String[] {"form", "form-xref-stream"}) {
            new Step(input).field("Applicant").save("field-" + input, "in an empty field", "seal");
            new Step(input).field("Applicant").then().field("Office")
                .save("two-fields-" + input, "two signatures in empty fields", "pades");
            new Step(input).field("Office").then().fill("Li Si").save("filled-" + input, "signed, form filled", "pades");
            new Step(input).field("Office").then().fill("Li Si").then().field("Applicant")
                .save("filled-signed-" + input, "signed, form filled, signed again", "pades");
        }
        new Step("plain").certify(2).field("A").then().key("rsa2048").field("B")
            .save("certified-approved", "certified P 2, then approved", "pades");
        new Step("plain").key("rsa2048").cades().stamped().field("A").then().validationData()
            .then().key("rsa3072").cades().stamped().field("B").then().validationData().then().documentStamp().save("two-lta", "two signatures, each with validation data, time stamp", "pades");
        new Step("plain").field("A").then().note().save("annotated", "signed, note added", "acrobat");
        new Step((String) null).key("rsa2048").save("own", "a page of its own, pkcs7 detached", "seal");
    }

    /** One update of a file, chained with {@link #then}. */
    private static final class Step {
        private final String input;
        private final String firstKey;
        private final byte[] source;
        private String key = "p256", field = "Signature1", value, hash = "SHA-256";
        private boolean cades, stamped, visible, data, document, rewritten, note;
        private int level;

        Step(String input) throws Exception {
            this.input = input == null ? "own" : input;
            this.source = input == null ? ownPage() : Files.readAllBytes(common.input(input).toPath());
            this.firstKey = null;
        }

        private Step(Step before) throws Exception {
            this.input = before.input;
            this.source = before.bytes();
            this.firstKey = before.firstKey == null ? before.key : before.firstKey;
        }

        Step key(String name) { key = name; return this; }
        Step field(String name) { field = name; return this; }
        Step fill(String text) { value = text; return this; }
        Step hash(String name) { hash = name; return this; }
        Step cades() { cades = true; return this; }
        Step stamped() { stamped = true; return this; }
        Step visible() { visible = true; return this; }
        Step rewritten() { rewritten = true; return this; }
        Step note() { note = true; return this; }
        Step certify(int permission) { level = permission; return this; }
        Step validationData() { data = true; return this; }
        Step documentStamp() { document = true; return this; }
        Step then() throws Exception { return new Step(this); }

        void save(String name, String kind, String policy) throws Exception {
            byte[] made = bytes();
            try (FileOutputStream out = new FileOutputStream(common.output(name))) {
                out.write(made);
            }
            common.made(name, input, firstKey == null ? key : firstKey, kind, policy);
        }

        byte[] bytes() throws Exception {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] password = input.startsWith("encrypted") ? "honest".getBytes() : null;
            PdfReader reader = new PdfReader(source, password);
            if (value != null || data || note) {
                PdfStamper stamper = new PdfStamper(reader, out, '\0', true);
                if (value != null) {
                    stamper.getAcroFields().setField("Name", value);
                } else if (note) {
                    stamper.addAnnotation(PdfAnnotation.createText(stamper.getWriter(),
                        new Rectangle(500, 780, 520, 800), "reader", "looks right to me", false, "Note"), 1);
                } else {
                    addValidationData(stamper);
                }
                stamper.close();
                return out.toByteArray();
            }
            PdfStamper stamper = PdfStamper.createSignature(reader, out, '\0', null, !rewritten);
            PdfSignatureAppearance appearance = stamper.getSignatureAppearance();
            if (document) {
                LtvTimestamp.timestamp(appearance, new Stamper(), null);
                return out.toByteArray();
            }
            appearance.setReason("Approved");
            appearance.setLocation("Testing");
            boolean existing = reader.getAcroFields().getField(field) != null
                || reader.getAcroFields().getFieldItem(field) != null;
            if (existing) {
                appearance.setVisibleSignature(field);
            } else if (visible) {
                appearance.setVisibleSignature(new Rectangle(350, 80, 550, 140), 1, field);
            } else {
                appearance.setVisibleSignature(new Rectangle(0, 0, 0, 0), 1, field);
            }
            if (level > 0) {
                appearance.setCertificationLevel(level);
            }
            ExternalSignature signer = new PrivateKeySignature(common.key(key), hash, "BC");
            MakeSignature.signDetached(appearance, new BouncyCastleDigest(), signer, common.chain(key), null, null,
                stamped ? new Stamper() : null, 0, cades ? CryptoStandard.CADES : CryptoStandard.CMS);
            return out.toByteArray();
        }
    }

    private static void addValidationData(PdfStamper stamper) throws Exception {
        LtvVerification verification = stamper.getLtvVerification();
        List<String> names = stamper.getAcroFields().getSignatureNames();
        CrlClient lists = (certificate, url) -> {
            try {
                return common.lists();
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        };
        verification.addVerification(names.get(names.size() - 1), null, lists,
            LtvVerification.CertificateOption.WHOLE_CHAIN, LtvVerification.Level.CRL,
            LtvVerification.CertificateInclusion.YES);
        verification.merge();
    }

    private static byte[] ownPage() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Document document = new Document();
        PdfWriter.getInstance(document, out);
        document.open();
        document.add(new Paragraph("A page of iText 5"));
        document.close();
        return out.toByteArray();
    }

    /** The authority's time stamping, without a network. */
    private static final class Stamper implements TSAClient {
        @Override
        public int getTokenSizeEstimate() {
            return 8192;
        }

        @Override
        public MessageDigest getMessageDigest() throws java.security.GeneralSecurityException {
            return MessageDigest.getInstance("SHA-256");
        }

        @Override
        public byte[] getTimeStampToken(byte[] imprint) throws Exception {
            return common.stamp(imprint);
        }
    }
}

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.util.Calendar;
import java.util.Collections;

import org.apache.pdfbox.cos.COSArray;
import org.apache.pdfbox.cos.COSDictionary;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.io.IOUtils;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.common.PDStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotationWidget;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAppearanceDictionary;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAppearanceStream;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.SignatureOptions;
import org.apache.pdfbox.pdmodel.interactive.form.PDAcroForm;
import org.apache.pdfbox.pdmodel.interactive.form.PDSignatureField;
import org.apache.pdfbox.pdmodel.interactive.form.PDTextField;

/** Files that PDFBox 2 signs, as its examples do: PdfBox INPUTS TRUST OUT. */
public final class PdfBox {
    private static Common common;

    public static void main(String[] arguments) throws Exception {
        common = new Common(arguments);
        String[] every = {"draft-residence", "draft-employment", "plain", "xref-stream", "linearized", "encrypted", "encrypted-128"};
        for (String input : every) {
            new Step(input).key("rsa2048").save("pkcs7-" + input, "pkcs7 detached", "seal");
            new Step(input).cades().save("cades-" + input, "ETSI.CAdES.detached", "seal");
        }
        for (String key : new String[] {"rsa3072", "rsa2048-pss", "p384", "ed25519"}) {
            new Step("plain").key(key).cades().save("key-" + key, "ETSI.CAdES.detached", "seal");
        }
        new Step("plain").key("rsa2048").stamped().save("stamped", "pkcs7 detached, time stamp", "seal");
        for (int level = 1; level <= 3; level++) {
            new Step("plain").certify(level).save("certified-p" + level, "certified, P " + level, "seal");
        }
        for (String input : new String[] {"draft-residence", "plain", "xref-stream"}) {
            new Step(input).visible().save("visible-" + input, "pkcs7 detached, visible", "seal");
            new Step(input).key("rsa2048").then().key("p256").save("two-" + input, "two signatures", "pades");
            new Step(input).key("rsa2048").then().visible().then().key("p384")
                .save("three-" + input, "three signatures, one visible", "pades");
        }
        for (String input : new String[] {"form", "form-xref-stream"}) {
            new Step(input).field("Applicant").save("field-" + input, "in an empty field", "seal");
            new Step(input).field("Applicant").then().field("Office")
                .save("two-fields-" + input, "two signatures in empty fields", "pades");
            new Step(input).field("Office").then().fill("Li Si").then().field("Applicant")
                .save("filled-signed-" + input, "signed, form filled, signed again", "pades");
        }
        new Step("plain").certify(2).then().key("rsa2048").save("certified-approved", "certified P 2, then approved", "pades");
        new Step("plain").cades().stamped().then().validationData().save("lt", "PAdES B-LT", "seal");
        new Step("xref-stream").cades().stamped().then().validationData().save("lt-xref-stream", "PAdES B-LT", "seal");
        new Step("plain").cades().stamped().then().validationData().then().documentStamp().save("lta", "PAdES B-LTA", "seal");
        new Step((String) null).key("rsa2048").save("own", "a page of its own, pkcs7 detached", "seal");
    }

    /** One incremental update of a file, chained with {@link #then}. */
    private static final class Step {
        private final String input;
        private final String firstKey;
        private final byte[] source;
        private String key = "p256", field, value;
        private boolean cades, stamped, visible, data, document;
        private int level;

        Step(String input) throws Exception {
            this.input = input == null ? "own" : input;
            this.source = input == null ? ownPage() : java.nio.file.Files.readAllBytes(common.input(input).toPath());
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
        Step cades() { cades = true; return this; }
        Step stamped() { stamped = true; return this; }
        Step visible() { visible = true; return this; }
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
            String password = input.startsWith("encrypted") ? "honest" : "";
            try (PDDocument file = PDDocument.load(source, password)) {
                if (value != null) {
                    PDTextField text = (PDTextField) file.getDocumentCatalog().getAcroForm().getField("Name");
                    text.setValue(value);
                    // saveIncremental writes what can be reached from the catalogue over marked objects.
                    COSDictionary dictionary = text.getCOSObject();
                    COSDictionary catalogue = file.getDocumentCatalog().getCOSObject();
                    catalogue.setNeedToBeUpdated(true);
                    COSDictionary form = catalogue.getCOSDictionary(COSName.ACRO_FORM);
                    form.setNeedToBeUpdated(true);
                    form.getCOSArray(COSName.FIELDS).setNeedToBeUpdated(true);
                    dictionary.setNeedToBeUpdated(true);
                    dictionary.getCOSDictionary(COSName.AP).setNeedToBeUpdated(true);
                    dictionary.getCOSDictionary(COSName.AP).getCOSStream(COSName.N).setNeedToBeUpdated(true);
                    file.saveIncremental(out);
                } else if (data) {
                    addValidationData(file);
                    file.saveIncremental(out);
                } else {
                    signOnce(file, out);
                }
            }
            return out.toByteArray();
        }

        private void signOnce(PDDocument file, ByteArrayOutputStream out) throws Exception {
            PDSignature signature = new PDSignature();
            if (field != null) {
                PDSignatureField existing = (PDSignatureField) file.getDocumentCatalog().getAcroForm().getField(field);
                existing.setValue(signature);
                existing.getCOSObject().setNeedToBeUpdated(true);
            }
            signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
            signature.setSubFilter(document ? COSName.getPDFName("ETSI.RFC3161")
                : cades ? PDSignature.SUBFILTER_ETSI_CADES_DETACHED : PDSignature.SUBFILTER_ADBE_PKCS7_DETACHED);
            if (document) {
                signature.setType(COSName.DOC_TIME_STAMP);
            } else {
                signature.setName("TEST");
                signature.setReason("Approved");
                signature.setSignDate(Calendar.getInstance());
            }
            if (level > 0) {
                permit(file, signature, level);
            }
            SignatureOptions options = new SignatureOptions();
            options.setPreferredSignatureSize(SignatureOptions.DEFAULT_SIGNATURE_SIZE * 2);
            if (visible) {
                options.setVisualSignature(visibleTemplate());
            }
            boolean asDocument = document;
            file.addSignature(signature, content -> {
                try {
                    byte[] bytes = IOUtils.toByteArray(content);
                    return asDocument
                        ? common.stamp(java.security.MessageDigest.getInstance("SHA-256").digest(bytes))
                        : common.sign(bytes, key, cades, stamped);
                } catch (Exception error) {
                    throw new java.io.IOException(error);
                }
            }, options);
            file.saveIncremental(out);
            options.close();
        }
    }

    /** As SigUtils.setMDPPermission of the examples. */
    private static void permit(PDDocument file, PDSignature signature, int level) {
        COSDictionary parameters = new COSDictionary();
        parameters.setItem(COSName.TYPE, COSName.getPDFName("TransformParams"));
        parameters.setInt(COSName.P, level);
        parameters.setName(COSName.V, "1.2");
        parameters.setNeedToBeUpdated(true);
        COSDictionary reference = new COSDictionary();
        reference.setItem(COSName.TYPE, COSName.getPDFName("SigRef"));
        reference.setItem("TransformMethod", COSName.DOCMDP);
        reference.setItem("DigestMethod", COSName.getPDFName("SHA1"));
        reference.setItem("TransformParams", parameters);
        reference.setNeedToBeUpdated(true);
        COSArray references = new COSArray();
        references.add(reference);
        references.setNeedToBeUpdated(true);
        signature.getCOSObject().setItem("Reference", references);
        COSDictionary catalogue = file.getDocumentCatalog().getCOSObject();
        COSDictionary permissions = new COSDictionary();
        catalogue.setItem(COSName.PERMS, permissions);
        permissions.setItem(COSName.DOCMDP, signature);
        catalogue.setNeedToBeUpdated(true);
        permissions.setNeedToBeUpdated(true);
    }

    /** As CreateVisibleSignature2 of the examples: a little document whose only widget is the look. */
    private static InputStream visibleTemplate() throws Exception {
        PDRectangle place = new PDRectangle(350, 80, 200, 60);
        try (PDDocument look = new PDDocument()) {
            PDPage page = new PDPage(PDRectangle.A4);
            look.addPage(page);
            PDAcroForm form = new PDAcroForm(look);
            look.getDocumentCatalog().setAcroForm(form);
            PDSignatureField field = new PDSignatureField(form);
            PDAnnotationWidget widget = field.getWidgets().get(0);
            form.setSignaturesExist(true);
            form.setAppendOnly(true);
            form.getCOSObject().setDirect(true);
            form.getFields().add(field);
            widget.setRectangle(place);
            PDAppearanceStream shown = new PDAppearanceStream(new PDStream(look).getCOSObject());
            shown.setResources(new org.apache.pdfbox.pdmodel.PDResources());
            shown.setBBox(new PDRectangle(place.getWidth(), place.getHeight()));
            PDAppearanceDictionary appearance = new PDAppearanceDictionary();
            appearance.getCOSObject().setDirect(true);
            appearance.setNormalAppearance(shown);
            widget.setAppearance(appearance);
            try (PDPageContentStream content = new PDPageContentStream(look, shown)) {
                content.addRect(1, 1, 198, 58);
                content.stroke();
                content.beginText();
                content.setFont(PDType1Font.HELVETICA, 12);
                content.newLineAtOffset(10, 25);
                content.showText("Signed by PDFBox");
                content.endText();
            }
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            look.save(bytes);
            return new ByteArrayInputStream(bytes.toByteArray());
        }
    }

    /** As AddValidationInformation of the examples, with lists at hand instead of fetched ones. */
    private static void addValidationData(PDDocument file) throws Exception {
        COSDictionary catalogue = file.getDocumentCatalog().getCOSObject();
        COSDictionary store = new COSDictionary();
        store.setItem(COSName.TYPE, COSName.getPDFName("DSS"));
        COSArray certificates = new COSArray(), lists = new COSArray();
        for (String name : new String[] {"root", "intermediate", "tsa", "p256"}) {
            certificates.add(stream(file, common.certificate(name).getEncoded()));
        }
        for (byte[] list : common.lists()) {
            lists.add(stream(file, list));
        }
        store.setItem("Certs", certificates);
        store.setItem("CRLs", lists);
        COSDictionary related = new COSDictionary(), entry = new COSDictionary();
        entry.setItem("Cert", certificates);
        entry.setItem("CRL", lists);
        byte[] contents = file.getLastSignatureDictionary().getContents();
        StringBuilder name = new StringBuilder();
        for (byte octet : java.security.MessageDigest.getInstance("SHA-1").digest(contents)) {
            name.append(String.format("%02X", octet));
        }
        related.setItem(name.toString(), entry);
        store.setItem("VRI", related);
        catalogue.setItem("DSS", store);
        store.setNeedToBeUpdated(true);
        catalogue.setNeedToBeUpdated(true);
    }

    private static PDStream stream(PDDocument file, byte[] data) throws Exception {
        PDStream stream = new PDStream(file, new ByteArrayInputStream(data), COSName.FLATE_DECODE);
        stream.getCOSObject().setNeedToBeUpdated(true);
        return stream;
    }

    private static byte[] ownPage() throws Exception {
        try (PDDocument file = new PDDocument()) {
            PDPage page = new PDPage(PDRectangle.A4);
            file.addPage(page);
            try (PDPageContentStream content = new PDPageContentStream(file, page)) {
                content.beginText();
                content.setFont(PDType1Font.HELVETICA, 24);
                content.newLineAtOffset(72, 740);
                content.showText("A page of PDFBox");
                content.endText();
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            file.save(out);
            return out.toByteArray();
        }
    }
}

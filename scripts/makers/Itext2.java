import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Calendar;
import java.util.HashMap;

import com.lowagie.text.Document;
import com.lowagie.text.Paragraph;
import com.lowagie.text.Rectangle;
import com.lowagie.text.pdf.PdfDate;
import com.lowagie.text.pdf.PdfDictionary;
import com.lowagie.text.pdf.PdfName;
import com.lowagie.text.pdf.PdfReader;
import com.lowagie.text.pdf.PdfSignature;
import com.lowagie.text.pdf.PdfSignatureAppearance;
import com.lowagie.text.pdf.PdfStamper;
import com.lowagie.text.pdf.PdfString;
import com.lowagie.text.pdf.PdfWriter;

/**
 * Files that iText 2.1.7 signs: Itext2 INPUTS TRUST OUT.
 *
 * What the library signs by itself is SHA-1, and with the BouncyCastle of today it cannot; services that still use it
 * put a container with SHA-256 into the gap, as these files do.
 */
public final class Itext2 {
    private static Common common;

    public static void main(String[] arguments) throws Exception {
        common = new Common(arguments);
        for (String input : new String[] {"draft-residence", "plain", "xref-stream", "linearized", "encrypted-128"}) {
            save("detached-" + input, input, "rsa2048", "pkcs7 detached", "seal", sign(read(input), "rsa2048", "A", true, false, 0));
            save("two-" + input, input, "rsa2048", "two signatures", "pades",
                sign(sign(read(input), "rsa2048", "A", true, false, 0), "p256", "B", true, true, 0));
        }
        save("rewritten", "plain", "rsa2048", "pkcs7 detached, file written anew", "seal",
            sign(read("plain"), "rsa2048", "A", false, false, 0));
        save("visible", "plain", "rsa2048", "pkcs7 detached, visible", "seal", sign(read("plain"), "rsa2048", "A", true, true, 0));
        for (int level = 1; level <= 3; level++) {
            save("certified-p" + level, "plain", "p256", "certified, P " + level, "seal",
                sign(read("plain"), "p256", "A", true, false, level));
        }
        save("field", "form", "p256", "in an empty field", "seal", sign(read("form"), "p256", "Applicant", true, true, 0));
        save("own", "own", "rsa3072", "a page of its own, pkcs7 detached", "seal", sign(ownPage(), "rsa3072", "A", true, false, 0));
    }

    private static byte[] read(String input) throws Exception {
        return Files.readAllBytes(common.input(input).toPath());
    }

    private static void save(String name, String input, String key, String kind, String policy, byte[] made) throws Exception {
        try (FileOutputStream out = new FileOutputStream(common.output(name))) {
            out.write(made);
        }
        common.made(name, input, key, kind, policy);
    }

    private static byte[] sign(byte[] source, String key, String field, boolean append, boolean visible, int level)
            throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PdfReader reader = new PdfReader(source, "honest".getBytes());
        PdfStamper stamper = PdfStamper.createSignature(reader, out, '\0', null, append);
        PdfSignatureAppearance appearance = stamper.getSignatureAppearance();
        place(reader, appearance, field, visible);
        // The text of its own making needs the parts of a name as the BouncyCastle of its day gave them.
        appearance.setLayer2Text("Signed by iText 2");
        appearance.setCertificationLevel(level);
        appearance.setCrypto(null, common.chain(key), null, PdfSignatureAppearance.WINCER_SIGNED);
        appearance.setSignDate(Calendar.getInstance());
        PdfSignature dictionary = new PdfSignature(PdfName.ADOBE_PPKLITE, new PdfName("adbe.pkcs7.detached"));
        dictionary.setReason("Approved");
        dictionary.setDate(new PdfDate(appearance.getSignDate()));
        appearance.setCryptoDictionary(dictionary);
        int room = 16384;
        HashMap<PdfName, Integer> exclusions = new HashMap<>();
        exclusions.put(PdfName.CONTENTS, room * 2 + 2);
        appearance.preClose(exclusions);
        byte[] content;
        try (InputStream stream = appearance.getRangeStream()) {
            content = stream.readAllBytes();
        }
        byte[] padded = new byte[room];
        byte[] container = common.sign(content, key, false, false);
        System.arraycopy(container, 0, padded, 0, container.length);
        PdfDictionary update = new PdfDictionary();
        update.put(PdfName.CONTENTS, new PdfString(padded).setHexWriting(true));
        appearance.close(update);
        return out.toByteArray();
    }

    private static void place(PdfReader reader, PdfSignatureAppearance appearance, String field, boolean visible) {
        if (reader.getAcroFields().getFieldItem(field) != null) {
            appearance.setVisibleSignature(field);
        } else {
            Rectangle box = visible ? new Rectangle(350, 80, 550, 140) : new Rectangle(0, 0, 0, 0);
            appearance.setVisibleSignature(box, 1, field);
        }
    }

    private static byte[] ownPage() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Document document = new Document();
        PdfWriter.getInstance(document, out);
        document.open();
        document.add(new Paragraph("A page of iText 2"));
        document.close();
        return out.toByteArray();
    }
}

// Files that the @signpdf packages sign: signpdf.mjs INPUTS TRUST OUT.
//
// `placeholder-plain` appends a hand-written update, `placeholder-pdf-lib` has pdf-lib write the file anew; both sign with
// node-forge, which knows RSA with SHA-256 and nothing else.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { pdflibAddPlaceholder } from "@signpdf/placeholder-pdf-lib";
import { plainAddPlaceholder } from "@signpdf/placeholder-plain";
import { P12Signer } from "@signpdf/signer-p12";
import signpdf from "@signpdf/signpdf";
import { PDFDocument, StandardFonts } from "pdf-lib";

const [inputs, trust, out] = process.argv.slice(2);
const words = { reason: "Approved", contactInfo: "TEST", name: "TEST", location: "Testing", signatureLength: 16384 };

const read = (input) => readFileSync(join(inputs, `${input}.pdf`));

const sign = (pdf, key) => {
  const signer = new P12Signer(readFileSync(join(trust, `${key}.p12`)), { passphrase: "honest" });
  return signpdf.default ? signpdf.default.sign(pdf, signer) : signpdf.sign(pdf, signer);
};

const plain = (pdf, key, options = {}) => sign(plainAddPlaceholder({ pdfBuffer: pdf, ...words, ...options }), key);

const anew = async (document, key, saving, options = {}) => {
  pdflibAddPlaceholder({ pdfDoc: document, ...words, ...options });
  return sign(Buffer.from(await document.save(saving)), key);
};

const made = (name, input, key, kind, policy, pdf) => {
  writeFileSync(join(out, `${name}.pdf`), pdf);
  console.log([name, input, key, kind, policy].join("\t"));
};

for (const input of ["draft-residence", "plain", "form"]) {
  made(`plain-${input}`, input, "rsa-chain", "placeholder-plain, pkcs7 detached", "seal", await plain(read(input), "rsa-chain"));
}
made("plain-cades", "plain", "rsa-chain", "placeholder-plain, ETSI.CAdES.detached", "seal",
  await plain(read("plain"), "rsa-chain", { subFilter: "ETSI.CAdES.detached" }));
made("plain-visible", "plain", "rsa-chain", "placeholder-plain, with a place on the page", "seal",
  await plain(read("plain"), "rsa-chain", { widgetRect: [350, 80, 550, 140] }));
made("plain-two", "plain", "rsa-chain", "placeholder-plain, two signatures", "pades",
  await plain(await plain(read("plain"), "rsa-chain"), "rsa-chain"));
for (const input of ["draft-residence", "draft-employment", "plain", "xref-stream", "linearized", "form"]) {
  for (const [style, saving] of [["table", { useObjectStreams: false }], ["stream", {}]]) {
    made(`pdf-lib-${style}-${input}`, input, "rsa-chain", `placeholder-pdf-lib, cross-reference ${style}`, "seal",
      await anew(await PDFDocument.load(read(input)), "rsa-chain", saving));
  }
}
const own = await PDFDocument.create();
own.addPage([595, 842]).drawText("A page of pdf-lib", { x: 72, y: 740, font: await own.embedFont(StandardFonts.Helvetica) });
made("own", "own", "rsa-chain", "a page of its own, ETSI.CAdES.detached", "seal",
  await anew(own, "rsa-chain", { useObjectStreams: false }, { subFilter: "ETSI.CAdES.detached" }));

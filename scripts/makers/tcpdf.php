<?php
// Files that TCPDF writes and signs in one go: php tcpdf.php INPUTS TRUST OUT (it reads no input).
require_once "tcpdf/tcpdf.php";

[, , $trust, $out] = $argv;

function document(): TCPDF
{
    $pdf = new TCPDF();
    $pdf->setPrintHeader(false);
    $pdf->setPrintFooter(false);
    $pdf->AddPage();
    $pdf->SetFont("helvetica", "", 24);
    $pdf->Write(10, "A page of TCPDF");
    return $pdf;
}

function sign(TCPDF $pdf, string $trust, string $key, int $certification, string $approval): void
{
    $pdf->setSignature(
        "file://" . realpath("$trust/$key.cert.pem"),
        "file://" . realpath("$trust/$key.key.pem"),
        "",
        realpath("$trust/intermediate.cert.pem"),
        $certification,
        ["Name" => "TEST", "Location" => "Testing", "Reason" => "Approved"],
        $approval
    );
}

function made(string $out, string $name, string $key, string $kind, TCPDF $pdf): void
{
    file_put_contents("$out/$name.pdf", $pdf->Output("$name.pdf", "S"));
    echo implode("\t", [$name, "own", $key, $kind, "seal"]), "\n";
}

foreach (["rsa2048", "rsa3072", "p256"] as $key) {
    foreach ([1, 2, 3] as $level) {
        $pdf = document();
        sign($pdf, $trust, $key, $level, "");
        made($out, "certified-p$level-$key", $key, "certified, P $level", $pdf);
    }
    $pdf = document();
    sign($pdf, $trust, $key, 2, "A");
    made($out, "approved-$key", $key, "pkcs7 detached", $pdf);
}
$pdf = document();
sign($pdf, $trust, "rsa2048", 2, "A");
$pdf->setSignatureAppearance(150, 250, 40, 20);
$pdf->addEmptySignatureAppearance(20, 250, 40, 20);
made($out, "visible", "rsa2048", "pkcs7 detached, with a place on the page and an empty field beside it", $pdf);

#!/bin/sh
# Makes every file of this folder anew with OpenSSL 3.0 or later. The keys are public: never trust them.
set -eu
cd "$(dirname "$0")"
rm -rf work && mkdir work && : > work/index.txt && echo 1000 > work/serial
base='/C=CN/ST=东海省/L=滨海市/O=滨海市行政审批局（测试）'

# request <name> <genpkey arguments...>
request() {
    name=$1; shift
    openssl genpkey "$@" -out "$name.key.pem"
    openssl req -new -utf8 -config openssl.cnf -key "$name.key.pem" -subj "$base/CN=滨海市测试 TEST $name" -out "work/$name.csr"
}
# issue <name> <issuer> <extensions> <from> <to>
issue() {
    openssl ca -batch -notext -utf8 -preserveDN -config openssl.cnf -in "work/$1.csr" \
        -cert "$2.cert.pem" -keyfile "$2.key.pem" -extensions "$3" -startdate "$4" -enddate "$5" -out "$1.cert.pem"
}
from=20240101000000Z to=20491231235959Z

request root -algorithm EC -pkeyopt ec_paramgen_curve:P-256
openssl ca -batch -notext -utf8 -preserveDN -selfsign -config openssl.cnf -in work/root.csr -keyfile root.key.pem \
    -extensions root -startdate $from -enddate $to -out root.cert.pem
request intermediate -algorithm EC -pkeyopt ec_paramgen_curve:P-256
issue intermediate root intermediate $from $to
request other-root -algorithm EC -pkeyopt ec_paramgen_curve:P-256
openssl ca -batch -notext -utf8 -preserveDN -selfsign -config openssl.cnf -in work/other-root.csr -keyfile other-root.key.pem \
    -extensions root -startdate $from -enddate $to -out other-root.cert.pem

request p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
request p384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
request ed25519 -algorithm ED25519
request rsa2048 -algorithm RSA -pkeyopt rsa_keygen_bits:2048
request rsa3072 -algorithm RSA -pkeyopt rsa_keygen_bits:3072
request rsa2048-pss -algorithm RSA -pkeyopt rsa_keygen_bits:2048
request rsapss-only -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 \
    -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32
for name in p256 p384 ed25519 rsa2048 rsa3072 rsa2048-pss rsapss-only; do
    issue $name intermediate leaf $from $to
done
request expired -algorithm EC -pkeyopt ec_paramgen_curve:P-256
issue expired intermediate leaf $from 20241231235959Z
request not-yet-valid -algorithm EC -pkeyopt ec_paramgen_curve:P-256
issue not-yet-valid intermediate leaf 20450101000000Z $to
request tsa -algorithm EC -pkeyopt ec_paramgen_curve:P-256
issue tsa intermediate stamp $from $to
request tsa-loose -algorithm EC -pkeyopt ec_paramgen_curve:P-256
issue tsa-loose intermediate stamp-loose $from $to
request rsa-root -algorithm RSA -pkeyopt rsa_keygen_bits:2048
openssl ca -batch -notext -utf8 -preserveDN -selfsign -config openssl.cnf -in work/rsa-root.csr -keyfile rsa-root.key.pem \
    -extensions root -startdate $from -enddate $to -out rsa-root.cert.pem
request p256-by-rsa -algorithm EC -pkeyopt ec_paramgen_curve:P-256
issue p256-by-rsa rsa-root leaf $from $to
rm -r work

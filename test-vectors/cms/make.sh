#!/bin/sh
# Makes every vector of this folder anew from ../keys with OpenSSL 3.0 or later. Signatures differ each time.
set -eu
cd "$(dirname "$0")"
keys=../keys
printf '滨海市行政审批局 测试件 TEST\n' > message.txt
sign() {
    out=$1; key=$2; shift 2
    openssl cms -sign -binary -in message.txt -outform DER -out "$out.der" \
        -signer "$keys/$key.cert.pem" -inkey "$keys/$key.key.pem" -certfile $keys/intermediate.cert.pem "$@"
}
sign p256 p256 -md sha256 -cades
sign p256-noattr p256 -md sha256 -noattr
sign p256-keyid p256 -md sha256 -keyid
sign p256-attached-indefinite p256 -md sha256 -nodetach -stream
sign p256-sha1 p256 -md sha1
sign p384 p384 -md sha384 -cades
sign rsa2048 rsa2048 -md sha256 -cades
sign rsa3072-sha512 rsa3072 -md sha512
sign rsa2048-pss rsa2048-pss -md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:32
sign rsa2048-pss-salt20 rsa2048-pss -md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:20
# Without the option OpenSSL 3.0 writes rsaEncryption for such a key, which it then refuses itself.
sign rsapss-only rsapss-only -md sha256 -keyopt rsa_pss_saltlen:32
sign two-signers p256 -md sha256 -signer $keys/p384.cert.pem -inkey $keys/p384.key.pem
# Bare signatures, for the lengths of salt that CMS of OpenSSL does not choose by itself.
for salt in 0 20 32 222; do
    printf 'signed with a salt of another length' | openssl dgst -sha256 -sigopt rsa_padding_mode:pss \
        -sigopt rsa_pss_saltlen:$salt -sign "$keys/rsa2048-pss.key.pem" -out pss-salt-$salt.sig
done

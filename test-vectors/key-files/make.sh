#!/bin/sh
# Makes every file of this folder anew from the keys beside it: OpenSSL 3.0 with the legacy provider, keytool of Java 17, pk12util of NSS,
# ssh-keygen, and make.py (Python with asn1crypto, named by PYTHON) for what none of them writes. The passwords are public.
set -eu
cd "$(dirname "$0")"
keys=../keys
password=pass:correct-horse
rm -f *.p12 *.pem *.der *.jks
cat $keys/intermediate.cert.pem $keys/root.cert.pem > above

# one key, not encrypted
cp $keys/p256.key.pem pkcs8.pem
openssl pkey -in $keys/rsa2048.key.pem -outform DER -out pkcs8-rsa.der
openssl rsa -in $keys/rsa2048.key.pem -traditional -out pkcs1.pem 2>/dev/null
openssl rsa -in $keys/rsa2048.key.pem -traditional -outform DER -out pkcs1.der 2>/dev/null
openssl ec -in $keys/p384.key.pem -out sec1.pem 2>/dev/null
openssl ec -in $keys/p256.key.pem -outform DER -out sec1.der 2>/dev/null
openssl ec -in $keys/p256.key.pem -no_public -out sec1-no-public.pem 2>/dev/null
{ echo "a note before"; cat $keys/p256.cert.pem above $keys/p256.key.pem; } > bundle.pem

# one key, encrypted
encrypted() { name=$1; key=$2; shift 2; openssl pkcs8 -topk8 -in "$keys/$key.key.pem" -passout $password -out "$name" "$@"; }
encrypted aes256-sha256.pem p256 -v2 aes-256-cbc -v2prf hmacWithSHA256
encrypted aes128-sha1.pem rsa2048 -v2 aes-128-cbc -v2prf hmacWithSHA1
encrypted aes192-sha512.der ed25519 -v2 aes-192-cbc -v2prf hmacWithSHA512 -outform DER
encrypted scrypt.pem p384 -scrypt
encrypted des3.pem p256 -v2 des3
encrypted pkcs12-scheme.pem p256 -v1 PBE-SHA1-3DES -provider legacy -provider default
encrypted md5-des.pem p256 -v1 PBE-MD5-DES -provider legacy -provider default
encrypted sha224.pem p256 -v2 aes-256-cbc -v2prf hmacWithSHA224
encrypted empty.pem p256 -v2 aes-256-cbc -passout pass:
openssl rsa -in $keys/rsa2048.key.pem -traditional -aes128 -passout $password -out traditional-encrypted.pem 2>/dev/null
cp $keys/p256.cert.pem certificate-only.pem

# PKCS#12 of OpenSSL
export_to() { name=$1; key=$2; shift 2; openssl pkcs12 -export -inkey "$keys/$key.key.pem" -in "$keys/$key.cert.pem" -certfile above -out "$name" "$@"; }
export_to openssl3.p12 rsa2048 -passout $password -name "department seal"
export_to openssl1.p12 rsa2048 -passout $password -legacy
export_to windows-old.p12 rsa2048 -passout $password -legacy -certpbe PBE-SHA1-RC2-40 -keypbe PBE-SHA1-3DES -macalg sha1 -iter 2000 \
    -CSP "Microsoft Enhanced RSA and AES Cryptographic Provider" -name "te-5f1b2c3d"
export_to windows-new.p12 p256 -passout $password -certpbe AES-256-CBC -keypbe AES-256-CBC -macalg sha256 -iter 2000 -name "te-0a1b2c3d"
export_to rc2-128.p12 p256 -passout $password -legacy -certpbe PBE-SHA1-RC2-128 -keypbe PBE-SHA1-2DES
export_to rc4.p12 p256 -passout $password -legacy -certpbe PBE-SHA1-RC4-128 -keypbe PBE-SHA1-3DES
export_to mac-sha512.p12 ed25519 -passout $password -macalg sha512
export_to chinese-password.p12 p384 -passout pass:滨海市印章
export_to empty-password.p12 p256 -passout pass:
export_to in-clear.p12 p256 -passout $password -certpbe NONE -keypbe NONE
export_to no-code.p12 p256 -passout $password -nomac
openssl pkcs12 -export -nocerts -inkey $keys/p256.key.pem -passout $password -out key-alone.p12
openssl pkcs12 -export -nokeys -in $keys/p256.cert.pem -passout $password -out certificate-alone.p12

# PKCS#12 of Java, one key and two; the old Java form
keytool -importkeystore -noprompt -srckeystore windows-new.p12 -srcstoretype PKCS12 -srcstorepass correct-horse -destkeystore java.p12 \
    -deststoretype PKCS12 -deststorepass correct-horse 2>/dev/null
keytool -genkeypair -keystore java-made.p12 -storetype PKCS12 -storepass correct-horse -alias seal -keyalg EC -groupname secp256r1 \
    -sigalg SHA256withECDSA -validity 9000 -dname "CN=滨海市测试 TEST java, C=CN" 2>/dev/null
cp openssl3.p12 two-keys.p12
keytool -importkeystore -noprompt -srckeystore windows-new.p12 -srcstorepass correct-horse -destkeystore two-keys.p12 -deststoretype PKCS12 \
    -deststorepass correct-horse 2>/dev/null
keytool -importkeystore -noprompt -srckeystore windows-new.p12 -srcstorepass correct-horse -destkeystore old.jks -deststoretype JKS \
    -deststorepass correct-horse 2>/dev/null

# PKCS#12 of NSS
rm -rf work && mkdir work
certutil -N -d sql:work --empty-password
pk12util -d sql:work -i openssl3.p12 -W correct-horse >/dev/null
pk12util -d sql:work -o nss.p12 -n "department seal" -W correct-horse >/dev/null
rm -rf work above

cp $keys/p256.key.pem openssh.pem && chmod 600 openssh.pem && ssh-keygen -p -P "" -N "" -f openssh.pem >/dev/null
"${PYTHON:-python3}" make.py
chmod 644 *

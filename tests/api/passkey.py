"""A device with a passkey, by its own reading of Web Authentication: passkey.py made|proof KEY HOST ORIGIN CHALLENGE COUNT.
KEY is a private key of P-256 in PEM form; openssl signs. Prints what a page would send."""
import base64
import hashlib
import json
import struct
import subprocess
import sys

what, key, host, origin, challenge, count = sys.argv[1:7]


def url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def openssl(*arguments, data=b""):
    return subprocess.run(("openssl",) + arguments, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True).stdout


point = openssl("ec", "-in", key, "-pubout", "-outform", "DER")[-65:]
identity = hashlib.sha256(point).digest()
client = json.dumps({"type": "webauthn.create" if what == "made" else "webauthn.get", "challenge": challenge,
                     "origin": origin, "crossOrigin": False}).encode()
head = hashlib.sha256(host.encode()).digest() + bytes([0x45 if what == "made" else 0x05]) + struct.pack(">I", int(count))
if what == "made":
    cose = (b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + point[1:33] + b"\x22\x58\x20" + point[33:])
    data = head + bytes(16) + struct.pack(">H", len(identity)) + identity + cose
    attestation = (b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" + bytes([len(data)]) + data)
    print(json.dumps({"name": "A key", "client_data": url(client), "attestation": url(attestation)}))
else:
    signature = openssl("dgst", "-sha256", "-sign", key, data=head + hashlib.sha256(client).digest())
    print(json.dumps({"credential_id": url(identity), "client_data": url(client), "authenticator_data": url(head),
                      "signature": url(signature)}))

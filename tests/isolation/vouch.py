"""Tokens as a partner's own server signs them (ES256), by openssl and our own reading of RFC 7515."""
import base64
import json
import secrets
import subprocess
import time


def b64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b'=').decode()


def integers(der):
    """The two of a signature's SEQUENCE, 32 octets each."""
    at, out = 2, b''
    for _ in range(2):
        n = der[at + 1]
        out += der[at + 2:at + 2 + n].lstrip(b'\0').rjust(32, b'\0')
        at += 2 + n
    return out


def signed(pem, head, claims):
    text = '.'.join(b64url(json.dumps(part).encode()) for part in (head, claims))
    der = subprocess.run(['openssl', 'dgst', '-sha256', '-sign', pem], input=text.encode(), stdout=subprocess.PIPE,
                         check=True).stdout
    return '%s.%s' % (text, b64url(integers(der)))


def vouch(key, host, customer, view='orders', kid=None):
    """key: {"pem", "kid"}. Good once and for a minute."""
    now = int(time.time())
    return signed(key['pem'], {'alg': 'ES256', 'typ': 'JWT', 'kid': kid or key['kid']},
                  {'aud': 'https://' + host, 'sub': view + ':somebody', 'customer': customer,
                   'jti': secrets.token_hex(8), 'iat': now, 'exp': now + 60})

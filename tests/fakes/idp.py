#!/usr/bin/env python3
"""A stand-in identity provider (OpenID Connect, code flow with PKCE) for tests: good by itself, and bad where it is told.

    idp.py --listen 127.0.0.1:2525 --folder DIR --base https://id.localhost:2525 --cert PEM --key PEM

The issuer is BASE and any path: BASE/one and BASE/two are two providers. It checks what a good one checks: the client (by the
way that its description names), the redirect address, the code once, the PKCE verifier. DIR/behave, a JSON object that is read
for each request, says where it strays:
    email       whom it vouches for                        about    members of the description, null takes one away
    claims      members of the ID token, null takes one away, "shift": {"exp": -5} sets times from now
    answer      members of the way back (state, iss, code, error), null takes one away
    alg, kid, sign_with (rsa, ec, rsa2, stranger), head    how the ID token is signed
    keys        names of the keys that are published       token    the whole ID token
    status, octets, wait     by the last part of the path: {"token": 302}; octets: so many besides; wait: seconds before
DIR/seen has a line for each request; DIR/said what was refused. Needs openssl.
"""
import argparse
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import secrets
import socketserver
import ssl
import subprocess
import threading
import time
import urllib.parse

CLIENT, SECRET = "portal client", "s3cret/with:odd &chars%"
LOCK = threading.Lock()
CODES, KEYS, JWKS = {}, {}, {}
FOLDER = BASE = ""


def url64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def openssl(*arguments, data=b""):
    return subprocess.run(("openssl",) + arguments, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True).stdout


def keys_make():
    for name in ("rsa", "rsa2", "stranger", "ec"):
        path = KEYS[name] = os.path.join(FOLDER, name + ".pem")
        if name == "ec":
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
            point = openssl("ec", "-in", path, "-pubout", "-outform", "DER")[-65:]
            JWKS[name] = {"kty": "EC", "crv": "P-256", "kid": name, "x": url64(point[1:33]), "y": url64(point[33:])}
        else:
            openssl("genrsa", "-out", path, "2048")
            modulus = openssl("rsa", "-in", path, "-noout", "-modulus").decode().strip().split("=")[1]
            JWKS[name] = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": name, "n": url64(bytes.fromhex(modulus)),
                          "e": "AQAB"}


def raw_of(der):
    """r and s, 32 octets each, of the DER of both."""
    n = der[3]
    r, s = der[4:4 + n], der[6 + n:]
    return b"".join(part.lstrip(b"\0").rjust(32, b"\0") for part in (r, s))


def signature(alg, key, text):
    if alg == "none":
        return b""
    if alg == "HS256":  # with what everybody knows of the RSA key
        return hmac.new(openssl("rsa", "-in", KEYS["rsa"], "-pubout"), text, hashlib.sha256).digest()
    made = openssl("dgst", "-sha256", "-sign", KEYS[key], data=text)
    return raw_of(made) if key == "ec" else made


def changed(members, by):
    members.update(by)
    return {name: value for name, value in members.items() if value is not None}


def behaviour():
    try:
        with open(os.path.join(FOLDER, "behave"), encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        return {}


def note(name, text):
    with LOCK, open(os.path.join(FOLDER, name), "a", encoding="utf-8") as f:
        f.write(text + "\n")


class Provider(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body, headers=()):
        text = json.dumps(body).encode() + b" " * self.how.get("octets", {}).get(self.what, 0)
        status = self.how.get("status", {}).get(self.what, status)
        self.send_response(status)
        if status == 302 and not headers:
            headers = (("location", BASE + "/elsewhere/" + self.what),)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def begin(self):
        at = urllib.parse.urlsplit(self.path)
        self.how, self.query = behaviour(), dict(urllib.parse.parse_qsl(at.query))
        self.what = at.path.rsplit("/", 1)[1]
        self.issuer = BASE + re.sub(r"(/\.well-known)?/[^/]*$", "", at.path)
        note("seen", f"{self.command} {self.what}")
        time.sleep(self.how.get("wait", {}).get(self.what, 0))

    def do_GET(self):
        self.begin()
        act = {"openid-configuration": self.about, "authorize": self.authorize, "jwks": self.keys}.get(self.what)
        act() if act else self.send(404, {})

    def about(self):
        i = self.issuer
        self.send(200, changed({"issuer": i, "authorization_endpoint": i + "/authorize?tenant=1", "token_endpoint": i + "/token",
                                "jwks_uri": i + "/jwks", "response_types_supported": ["code"],
                                "authorization_response_iss_parameter_supported": True}, self.how.get("about", {})))

    def keys(self):
        self.send(200, {"keys": [JWKS[name] for name in self.how.get("keys", ["rsa", "ec"])]})

    def authorize(self):
        q = self.query
        if q["response_type"] != "code" or q["client_id"] != CLIENT or q["code_challenge_method"] != "S256" or \
                "openid" not in q["scope"].split(" ") or q["tenant"] != "1":
            note("said", "authorize: " + json.dumps(q))
            self.send(400, {})
            return
        code = secrets.token_urlsafe(24)
        CODES[code] = q
        back = changed({"code": code, "state": q["state"], "iss": self.issuer, "session_state": "x"}, self.how.get("answer", {}))
        self.send(302, {}, (("location", q["redirect_uri"] + "?" + urllib.parse.urlencode(back)),))

    def client_is_right(self, form):
        ways = self.how.get("about", {}).get("token_endpoint_auth_methods_supported")
        if ways and "client_secret_basic" not in ways:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        want = base64.b64encode(":".join(urllib.parse.quote(p, safe="") for p in (CLIENT, SECRET)).encode()).decode()
        return self.headers.get("authorization") == "Basic " + want and "client_secret" not in form

    def do_POST(self):
        self.begin()
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
        asked = CODES.pop(form.get("code"), None)
        fault = not asked and "code" or not self.client_is_right(form) and "client" or \
            form.get("grant_type") != "authorization_code" and "grant" or \
            asked["redirect_uri"] != form.get("redirect_uri") and "redirect_uri" or \
            url64(hashlib.sha256(form.get("code_verifier", "").encode()).digest()) != asked["code_challenge"] and "verifier"
        if fault:
            note("said", "token: " + fault)
            self.send(400, {"error": "invalid_grant"})
            return
        self.send(200, {"access_token": "a", "token_type": "Bearer", "id_token": self.id_token(asked)})

    def id_token(self, asked):
        how, now = self.how, int(time.time())
        if "token" in how:
            return how["token"]
        wanted = dict(how.get("claims", {}))
        wanted.update({name: now + by for name, by in wanted.pop("shift", {}).items()})
        claims = changed({"iss": self.issuer, "sub": "subject-1", "aud": CLIENT, "exp": now + 300, "iat": now,
                          "nonce": asked["nonce"], "email": how.get("email"), "email_verified": True}, wanted)
        alg = how.get("alg", "RS256")
        key = how.get("sign_with", "ec" if alg == "ES256" else "rsa")
        head = changed({"alg": alg, "typ": "JWT", "kid": how.get("kid", key)}, how.get("head", {}))
        text = ".".join(url64(json.dumps(part).encode()) for part in (head, claims)).encode()
        return text.decode() + "." + url64(signature(alg, key, text))


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, *_):
        pass


def main():
    global FOLDER, BASE
    p = argparse.ArgumentParser()
    for name in ("listen", "folder", "base", "cert", "key"):
        p.add_argument("--" + name, required=True)
    a = p.parse_args()
    FOLDER, BASE = a.folder, a.base
    os.makedirs(FOLDER, exist_ok=True)
    keys_make()
    host, _, port = a.listen.rpartition(":")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(a.cert, a.key)
    with Server((host, int(port)), Provider) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        print(f"port={port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()

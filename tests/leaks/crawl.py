#!/usr/bin/env python3
"""Asks every route in every state on every partner's host and on one that nobody has, and searches all that came back, octet
by octet and in the forms in which words hide, for the product's name and for the words, hosts and colours of others.

    crawl.py PLAN       PLAN is JSON: {"folder", "port", "routes": ["GET /v1/orders"…], "partners": [{"slug", "host", "key",
                        "words": […], "ids": {"order_id": "ord_…"}}…], "unknown": HOST, "documents": [{"owner", "path"}…],
                        "limited": only wrong keys, one after the other, until the address is told to wait}
    crawl.py selftest   a leak in each form is found, and nothing where there is none

Prints "documents N", "octets N", "leaks N" and one line for each leak; exit 1 when there is one.
"""
import base64
import html
import json
import os
import re
import subprocess
import sys
import urllib.parse

PRODUCT = "tenon"
# Words that hold it by accident, and that a page may well say. Whole words only.
ACCIDENTS = re.compile(rb"\b(antenonnis|fourtenon)\b", re.I)
TINY = 4  # shorter than this, a word is found everywhere

# ---- forms in which words hide ----


def decoded_runs(octets, pattern, decode):
    for run in pattern.findall(octets):
        for skip in range(4):
            try:
                yield decode(run[skip:])
            except ValueError:
                pass


def base64_of(run):
    run = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(run[:len(run) // 4 * 4] + (run[len(run) // 4 * 4:] + b"===")[:4] if len(run) % 4 > 1
                            else run[:len(run) // 4 * 4])


def hex_of(run):
    return bytes.fromhex(run[:len(run) // 2 * 2].decode("ascii"))


BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{7,}={0,2}")
HEX = re.compile(rb"[0-9A-Fa-f]{8,}")


def forms(octets):
    """The document, and the document in other readings. Two of them deep: base64 of percent-encoded text is read, too."""
    first = {octets, urllib.parse.unquote_to_bytes(octets), octets.replace(b"\0", b""), octets[::-1],
             html.unescape(octets.decode("latin-1")).encode("utf-8", "replace"),
             re.sub(rb"\\u00([0-9a-fA-F]{2})", lambda m: bytes([int(m[1], 16)]), octets)}
    yield from first
    for text in first:
        for run in list(decoded_runs(text, BASE64, base64_of)) + list(decoded_runs(text, HEX, hex_of)):
            yield run
            yield run.replace(b"\0", b"")
            yield urllib.parse.unquote_to_bytes(run)


def found(octets, words):
    """Which of the words stand in the octets, in any form."""
    hits = set()
    wanted = [w.lower().encode("utf-8") for w in words if len(w) >= TINY]
    for form in forms(octets):
        form = ACCIDENTS.sub(b"", form).lower()
        hits.update(w for w in wanted if w in form)
    return sorted(h.decode("utf-8") for h in hits)


# ---- asking ----

PREFIXES = {"order_id": "ord", "message_id": "msg", "host_id": "hst", "connection_id": "con", "customer_id": "cus",
            "key_id": "key", "user_id": "usr", "client_id": "cli"}
NOBODY = "01h455vb4pex5vsknk084sn02q"
BODIES = ["{}", '{"nonsense":', '{"host":"x","name":"","comment":7}']


def fill(path, ids):
    def value(m):
        name = m[1]
        return ids.get(name) or "%s_%s" % (PREFIXES.get(name, "x"), NOBODY)
    return re.sub(r"\{(\w+)\}", value, path)


def questions(plan, partner):
    """(method, path, headers, body) of one host."""
    key = partner.get("key")
    if plan.get("limited"):
        for i in range(30):
            yield "GET", "/v1/orders", ["authorization: Bearer sk_live_nobody%d" % i], None
        return
    strange = [p["key"] for p in plan["partners"] if p is not partner]
    callers = {"nobody": [], "wrong": ["authorization: Bearer sk_live_nonsense"],
               "another's": ["authorization: Bearer " + strange[0]]}
    if key:
        callers["own"] = ["authorization: Bearer " + key]
    for route in plan["routes"]:
        method, path = route.split()
        for who, headers in callers.items():
            yield method, fill(path, {}), headers, None
        own = callers.get("own", [])
        yield method, fill(path, partner.get("ids", {})), own, None
        yield method, fill(path, {}) + "?nonsense=1", own, None
        yield "PATCH", fill(path, {}), own, "{}"
        yield "HEAD", fill(path, {}), own, None
        yield method, re.sub(r"\{\w+\}", "%00%ff'<b>", path), own, None
        if method in ("POST", "PUT"):
            for body in BODIES:
                for extra in ([], ['if-match: "v1"'], ["content-type: text/plain"]):
                    yield method, fill(path, partner.get("ids", {})), own + extra + ["idempotency-key: leaks"], body
    for path in ("/nothing", "/v1/nothing", "/hooks/0000", "/brand/", "/branding/", "/assets/none.css", "/docs/problems/not-found",
                 "/%2e%2e/etc/passwd", "/?preview=00"):
        yield "GET", path, [], None
    yield "GET", "/", ["accept: text/html", "cookie: __Host-session=x; __Host-preview=00"], None
    yield "POST", "/v1/orders", ["x-long: " + "x" * 40000], "{}"


def quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


# Such a change would take from a partner what the next question needs.
def harmful(method, path, headers):
    return method == "DELETE" or path.endswith("/publish") and any("nobody" in h for h in headers)


def ask(plan, partner, http):
    """All questions of one host in one run of curl. Gives (sentence, path of the document)."""
    folder = os.path.join(plan["folder"], "%s-%s" % (partner["host"], http))
    os.makedirs(folder, exist_ok=True)
    lines, asked = [], []
    for i, (method, path, headers, body) in enumerate(questions(plan, partner)):
        out = os.path.join(folder, "%05d" % i)
        if harmful(method, path, headers):
            path = path.replace(partner.get("ids", {}).get("host_id", "\n"), "hst_" + NOBODY)
        lines += ["next"] if i else []
        lines += ["silent", "insecure", "path-as-is", "globoff", "max-time = 20", "http%s" % http,
                  "resolve = %s" % quoted("*:%d:127.0.0.1" % plan["port"]),
                  "url = %s" % quoted("https://%s:%d%s" % (partner["host"], plan["port"], path)),
                  "output = %s" % quoted(out), "dump-header = %s" % quoted(out + ".head"), "user-agent = \"x\""]
        lines += ["head"] if method == "HEAD" else ["request = %s" % method]
        lines += ["header = %s" % quoted(h) for h in headers]
        if body is not None:
            lines += ["data-raw = %s" % quoted(body)]
            lines += [] if any(h.startswith("content-type") for h in headers) else ['header = "content-type: application/json"']
        asked.append(("%s %s %s over %s" % (method, path, partner["host"], http), out))
    config = os.path.join(folder, "config")
    with open(config, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    subprocess.run(["curl", "--config", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return asked


def certificate(plan, host):
    """What a client of this name is shown before it has asked for anything."""
    hello = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % plan["port"], "-servername", host, "-showcerts"],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    texts = b""
    for pem in re.findall(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", hello, re.S):
        texts += subprocess.run(["openssl", "x509", "-noout", "-subject", "-issuer", "-ext", "subjectAltName"], input=pem,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    return texts


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return b""


def colours(plan, partner):
    theme = os.path.join(plan["folder"], "theme-" + partner["host"])
    subprocess.run(["curl", "-sk", "-m", "20", "--resolve", "*:%d:127.0.0.1" % plan["port"], "-o", theme,
                    "https://%s:%d/brand/theme.css" % (partner["host"], plan["port"])], check=False)
    return set(re.findall(r"--(?:brand|accent):(#[0-9a-f]{6})", read(theme).decode("latin-1")))


class Tally:
    def __init__(self):
        self.documents = self.octets = self.leaks = 0
        self.statuses = {}

    def judge(self, sentence, octets, words):
        if not octets:
            return
        self.documents += 1
        self.octets += len(octets)
        status = re.match(rb"HTTP/\S+ (\d+)", octets)
        if status:
            self.statuses[status[1].decode()] = self.statuses.get(status[1].decode(), 0) + 1
        for word in found(octets, words):
            self.leaks += 1
            print('leak: "%s" in %s' % (word, sentence))


def crawl(plan):
    tally = Tally()
    everybody = plan["partners"] + [{"slug": None, "host": plan["unknown"], "words": []}]
    for p in plan["partners"]:
        p["colours"] = colours(plan, p)
        p["words"] += [p["host"], p["slug"]] + sorted(p["colours"])
    for p in everybody:
        words = [PRODUCT] + [w for o in plan["partners"] if o is not p for w in o["words"] if w not in p.get("words", [])]
        tally.judge("the certificate for " + p["host"], certificate(plan, p["host"]), words)
        for http in ("1.1", "2"):
            for sentence, out in ask(plan, p, http):
                tally.judge(sentence, read(out + ".head") + b"\n" + read(out), words)
        for d in plan.get("documents", []):
            if d["owner"] == p["slug"]:
                tally.judge(d["path"], read(d["path"]), words)
    print("statuses " + " ".join("%s:%d" % s for s in sorted(tally.statuses.items())))
    print("documents %d" % tally.documents)
    print("octets %d" % tally.octets)
    print("leaks %d" % tally.leaks)
    return tally.leaks == 0


def selftest():
    word = b"Northwind"
    planted = {
        "plain": b"<p>by northwind</p>",
        "capital letters": b"NORTHWIND",
        "percent-encoded": b"/x?n=%6eorth%77ind",
        "base64": b"token " + base64.b64encode(b'{"iss":"' + word + b'"}'),
        "base64 for addresses": base64.urlsafe_b64encode(b"??>>" + word).rstrip(b"="),
        "base64 behind other letters": b"xy" + base64.b64encode(b"the name " + word),
        "hex": b"etag " + word.hex().encode(),
        "UTF-16": "by Northwind".encode("utf-16-le"),
        "UTF-16, the other way round": "by Northwind".encode("utf-16-be"),
        "entities": b"&#110;orthwind",
        "JSON escapes": b'{"n":"\\u006eorthwind"}',
        "backwards": b"dniwhtron",
        "base64 of UTF-16": base64.b64encode("Northwind".encode("utf-16-le")),
    }
    bad = [name for name, octets in planted.items() if found(octets, ["northwind"]) != ["northwind"]]
    bad += [text for text in ("north wind", "nort-hwind", "a quiet page", "fourtenon") if found(text.encode(), ["northwind", PRODUCT])]
    for name in bad:
        print("wrong about: " + name)
    print("planted %d" % len(planted))
    return not bad


def main():
    if sys.argv[1] == "selftest":
        ok = selftest()
    else:
        with open(sys.argv[1], encoding="utf-8") as f:
            ok = crawl(json.load(f))
    sys.exit(0 if ok else 1)


main()

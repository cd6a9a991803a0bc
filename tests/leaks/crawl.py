#!/usr/bin/env python3
"""Asks every route in every state on every partner's host and on one that nobody has, and searches all that came back, octet
by octet and in the forms in which words hide, for the product's name and for the words, hosts and colours of others.

    crawl.py PLAN       PLAN is JSON: {"folder", "port", "routes": ["GET /v1/orders"…], "partners": [{"slug", "host", "key",
                        "cookie", "customer", "words": […], "ids": {"order_id": "ord_…"}}…], "unknown": HOST,
                        "documents": [{"owner", "path"}…],
                        "limited": only wrong keys, one after the other, until the address is told to wait}
    crawl.py selftest   a leak in each form is found, and nothing where there is none

An id that a route names and the plan does not is taken from the list that the route stands below, when there is one.
Every question goes over HTTP/2, and three states of each route over HTTP/1.1, too.

Prints "documents N", "octets N", "leaks N", "well SLUG ROUTE" for what was answered well, and one line for each leak; exit 1
when there is one.
"""
import base64
import concurrent.futures
import hashlib
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
    """What the runs of such letters say, one a line: no word goes over a line."""
    said = []
    for run in set(pattern.findall(octets)):
        for skip in range(4):
            try:
                said.append(decode(run[skip:]))
            except ValueError:
                pass
    return b"\n".join(said)


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
        for said in (decoded_runs(text, BASE64, base64_of), decoded_runs(text, HEX, hex_of)):
            yield said
            yield said.replace(b"\0", b"")
            yield urllib.parse.unquote_to_bytes(said)


def found(octets, words):
    """Which of the words stand in the octets, in any form."""
    hits = set()
    wanted = [w.lower().encode("utf-8") for w in words if len(w) >= TINY]
    for form in forms(octets):
        form = ACCIDENTS.sub(b"", form).lower()
        hits.update(w for w in wanted if w in form)
    return sorted(h.decode("utf-8") for h in hits)


# ---- asking ----

PREFIXES = {"order_id": "ord", "message_id": "rec", "host_id": "hst", "connection_id": "con", "customer_id": "cus",
            "key_id": "key", "user_id": "usr", "client_id": "cli", "brand_id": "brd", "entity_id": "ent", "export_id": "exp",
            "grant_id": "gra", "membership_id": "mem", "session_id": "ses", "passkey_id": "pky", "embed_key_id": "emb"}
NOBODY = "01h455vb4pex5vsknk084sn02q"
BODIES = ["{}", '{"nonsense":', '{"host":"x","name":"","comment":7}']


def fill(path, ids):
    def value(m):
        name = m[1]
        return ids.get(name) or "%s_%s" % (PREFIXES.get(name, "x"), NOBODY)
    return re.sub(r"\{(\w+)\}", value, path)


def callers_of(plan, partner):
    """Who asks, and the headers that say so."""
    strange = [p["key"] for p in plan["partners"] if p is not partner]
    callers = {"nobody": [], "wrong": ["authorization: Bearer sk_live_nonsense"],
               "another's": ["authorization: Bearer " + strange[0]]}
    if partner.get("key"):
        callers["own"] = ["authorization: Bearer " + partner["key"]]
    if partner.get("cookie"):
        callers["person"] = person(partner)
    return callers


def person(partner):
    return ["cookie: __Host-session=" + partner["cookie"], "sec-fetch-site: same-origin"]


def of_route(plan, partner, method, path):
    """(method, path, headers, body) of one route, in every state."""
    callers = callers_of(plan, partner)
    own, ids = callers.get("own", []), partner.get("ids", {})
    for headers in callers.values():
        yield method, fill(path, {}), headers, None
    yield method, fill(path, ids), own, None
    yield method, fill(path, {}) + "?nonsense=1", own, None
    yield "PATCH", fill(path, {}), own, "{}"
    yield "HEAD", fill(path, {}), own, None
    if partner.get("customer"):
        yield method, fill(path, ids), own + ["customer: " + partner["customer"]], None
    if partner.get("cookie"):
        yield method, fill(path, ids), callers["person"], None
    if "{" in path:
        yield method, re.sub(r"\{\w+\}", "%00%ff'<b>", path), own, None
        for other in plan["partners"]:
            if other is not partner and other["ids"]:
                yield method, fill(path, other["ids"]), own, None
    if method in ("POST", "PUT", "PATCH"):
        for body in BODIES:
            for extra in ([], ['if-match: "v1"'], ["content-type: text/plain"]):
                yield method, fill(path, ids), own + extra + ["idempotency-key: leaks"], body


def below_no_route():
    for path in ("/nothing", "/v1/nothing", "/hooks/0000", "/brand/", "/branding/", "/assets/none.css", "/docs/problems/not-found",
                 "/%2e%2e/etc/passwd", "/?preview=00"):
        yield "GET", path, [], None
    yield "GET", "/", ["accept: text/html", "cookie: __Host-session=x; __Host-preview=00"], None
    yield "POST", "/v1/orders", ["x-long: " + "x" * 40000], "{}"


def questions(plan, partner, http):
    """(route, method, path, headers, body) of one host. What ends something comes after what reads it, and the session last."""
    if plan.get("limited"):
        return [("", "GET", "/v1/orders", ["authorization: Bearer sk_live_nobody%d" % i], None) for i in range(30)]
    asked = []
    for route in plan["routes"]:
        method, path = route.split()[:2]
        of = list(of_route(plan, partner, method, path))
        if http == "1.1":
            of = [q for i, q in enumerate(of) if i in (0, len(callers_of(plan, partner)))] + of[-1:]
        asked += [("%s %s" % (method, path),) + q for q in of]
    asked += [("",) + q for q in below_no_route()]
    return sorted(asked, key=lambda q: (ends(q[1], q[2]), q[2].startswith("/v1/session"), q[2].startswith("/v1/api-keys/")))


def ends(method, path):
    return method == "DELETE" or path.rsplit("/", 1)[-1] in ("suspend", "erase", "revoke", "rotate", "release", "publish")


def quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def curl(plan, host, http, path, out, headers):
    """The lines of a configuration of curl for one question."""
    lines = ["silent", "insecure", "path-as-is", "globoff", "max-time = 20", "http%s" % http,
             "resolve = %s" % quoted("*:%d:127.0.0.1" % plan["port"]),
             "url = %s" % quoted("https://%s:%d%s" % (host, plan["port"], path)),
             "output = %s" % quoted(out), "dump-header = %s" % quoted(out + ".head"), "user-agent = \"x\""]
    return lines + ["header = %s" % quoted(h) for h in headers]


def ask(plan, partner, http):
    """All questions of one host in one run of curl. Gives (route, sentence, path of the document)."""
    folder = os.path.join(plan["folder"], "%s-%s" % (partner["host"], http))
    os.makedirs(folder, exist_ok=True)
    lines, asked = [], []
    for i, (route, method, path, headers, body) in enumerate(questions(plan, partner, http)):
        out = os.path.join(folder, "%05d" % i)
        if method == "DELETE":  # the next question needs the host
            path = path.replace(partner.get("ids", {}).get("host_id", "\n"), "hst_" + NOBODY)
        lines += ["next"] if i else []
        lines += curl(plan, partner["host"], http, path, out, headers)
        lines += ["head"] if method == "HEAD" else ["request = %s" % method]
        if body is not None:
            lines += ["data-raw = %s" % quoted(body)]
            lines += [] if any(h.startswith("content-type") for h in headers) else ['header = "content-type: application/json"']
        asked.append((route if route.startswith(method + " ") else "", "%s %s %s over %s" % (method, path, partner["host"], http), out))
    run_curl(folder, lines)
    return asked


def run_curl(folder, lines):
    config = os.path.join(folder, "config")
    with open(config, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    subprocess.run(["curl", "--config", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def first_of(plan, partner, path, headers):
    """The id of the first in a list, or none."""
    out = os.path.join(plan["folder"], "first")
    if os.path.exists(out):
        os.remove(out)
    run_curl(plan["folder"], curl(plan, partner["host"], "2", path, out, headers))
    try:
        first = json.loads(read(out))["data"][0]
        return str(first.get("id") or first.get("version") or "")
    except (ValueError, KeyError, IndexError, TypeError):
        return ""


def find_ids(plan, partner):
    """Ids that the plan does not name, from the lists that the routes stand below."""
    own = ["authorization: Bearer " + partner["key"]]
    for route in plan["routes"]:
        path = route.split()[1]
        m = re.match(r"(/v1/[^{]*)/\{(\w+)\}", path)
        if not m or m[2] in partner["ids"] or "GET " + m[1] not in [" ".join(r.split()[:2]) for r in plan["routes"]]:
            continue
        for headers in (own, own + ["customer: " + partner["customer"]], person(partner)):
            got = first_of(plan, partner, m[1], headers)
            if got:
                partner["ids"][m[2]] = got
                break


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
    """What was found on one host. The same body is searched once."""

    def __init__(self, words):
        self.documents = self.octets = 0
        self.words, self.seen = words, {}
        self.leaks, self.statuses, self.well = [], {}, set()

    def search(self, octets):
        name = hashlib.sha256(octets).digest()
        if name not in self.seen:
            self.seen[name] = found(octets, self.words)
        return self.seen[name]

    def judge(self, sentence, head, body):
        if not head and not body:
            return
        self.documents += 1
        self.octets += len(head) + len(body)
        for word in sorted(set(self.search(head) + self.search(body))):
            self.leaks.append('leak: "%s" in %s' % (word, sentence))

    def answer(self, route, sentence, head, body):
        self.judge(sentence, head, body)
        status = re.match(rb"HTTP/\S+ (\d+)", head)
        if status:
            self.statuses[status[1].decode()] = self.statuses.get(status[1].decode(), 0) + 1
            if route and status[1].startswith(b"2"):
                self.well.add(route)


def crawl_host(plan, i):
    """One host. Partner i of the plan, and behind the last the host that nobody has."""
    partners = plan["partners"]
    p = partners[i] if i < len(partners) else {"slug": None, "host": plan["unknown"], "words": []}
    t = Tally([PRODUCT] + [w for o in partners if o is not p for w in o["words"] if w not in p["words"]])
    t.judge("the certificate for " + p["host"], b"", certificate(plan, p["host"]))
    for http in ("2", "1.1"):
        for route, sentence, out in ask(plan, p, http):
            t.answer(route, sentence, read(out + ".head"), read(out))
    for d in plan.get("documents", []):
        if d["owner"] == p["slug"]:
            t.judge(d["path"], b"", read(d["path"]))
    return p["slug"], t


def crawl(plan):
    for p in plan["partners"]:
        p["words"] += [p["host"], p["slug"]] + sorted(colours(plan, p))
        if not plan.get("limited"):
            find_ids(plan, p)
    with concurrent.futures.ProcessPoolExecutor(len(plan["partners"]) + 1) as pool:
        told = [f.result() for f in [pool.submit(crawl_host, plan, i) for i in range(len(plan["partners"]) + 1)]]
    statuses = {}
    for slug, t in told:
        for status, n in t.statuses.items():
            statuses[status] = statuses.get(status, 0) + n
        for line in t.leaks + ["well %s %s" % (slug, r) for r in sorted(t.well)]:
            print(line)
    leaks = sum(len(t.leaks) for _, t in told)
    print("statuses " + " ".join("%s:%d" % s for s in sorted(statuses.items())))
    print("documents %d" % sum(t.documents for _, t in told))
    print("octets %d" % sum(t.octets for _, t in told))
    print("leaks %d" % leaks)
    return leaks == 0


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

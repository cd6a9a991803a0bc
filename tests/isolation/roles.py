"""The matrix of roles: see roles.sh. Prints lines of verdict, sentence and detail, with tabs between."""
import http.client
import json
import re
import socket
import ssl
import sys

WORK, CA, HOST, PORT, OTHER = sys.argv[1:6]
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def lines(name):
    with open(f"{WORK}/{name}", encoding="utf-8") as f:
        return [line.rstrip("\n") for line in f if line.strip()]


def typeid(prefix, hexadecimal):
    n = int(hexadecimal, 16)
    return prefix + "_" + "".join(DIGITS[n >> shift & 31] for shift in range(125, -1, -5))


ROLES = {}
for line in lines("roles"):
    role, level, names = line.split("|")
    ROLES[role] = (level, set(names.split(",")))
ROUTES = [line.split(" ") for line in lines("routes")]
CALLERS = [line.split("|") for line in lines("callers")]
OWN = typeid("cus", lines("own")[0])
FIRST, SECOND = (typeid("brd", text) for text in lines("brands"))

# What a request can name: nothing, the customer, another one, the store brand, another one.
PLACES = {
    "no place": {},
    "the own customer": {"customer": OWN},
    "another customer": {"customer": OTHER},
    "the own store brand": {"customer": OWN, "brand": FIRST},
    "another store brand": {"customer": OWN, "brand": SECOND},
}


def table_says(where, permissions, asked, place):
    """May a person who holds these over `where` (partner, customer, brand) do this at the place?"""
    if where != "partner" and place == "another customer":
        return False
    if where == "brand" and place == "another store brand":
        return False
    return asked in permissions


class Line(http.client.HTTPSConnection):
    """To the one address, in the host's name."""

    def connect(self):
        self.sock = self._context.wrap_socket(socket.create_connection(("127.0.0.1", int(PORT)), 60), server_hostname=HOST)


class Server:
    def __init__(self):
        self.tls = ssl.create_default_context(cafile=CA)
        self.line = None

    def ask(self, method, path, headers):
        for again in (False, True):
            try:
                if self.line is None:
                    self.line = Line(HOST, int(PORT), context=self.tls, timeout=60)
                self.line.request(method, path, headers=headers)
                answer = self.line.getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, OSError):
                self.line = None
                if again:
                    raise


# What the door says to who may not; everything else comes from behind it.
def was_allowed(status, body):
    try:
        said = json.loads(body).get("detail", "")
    except (ValueError, AttributeError):
        said = ""
    if status == 403 and said.startswith("your role here has no"):
        return False
    if status == 404 and said in ("there is no such customer", "there is no such store brand"):
        return False
    return None if status in (401, 429) or status >= 500 else True


def main():
    server, cells, allowed, faults = Server(), 0, 0, {}
    for token, role, where in CALLERS:
        for place, named in PLACES.items():
            for method, path, asked in ROUTES:
                headers = {"host": f"{HOST}:{PORT}", "cookie": f"__Host-session={token}", "sec-fetch-site": "same-origin"}
                headers.update(named)
                address = re.sub(r"\{[^}]*\}", "xxx_01h455vb4pex5vsknk084sn02q", path)
                status, body = server.ask(method, address, headers)
                got, want = was_allowed(status, body), table_says(where, ROLES[role][1], asked, place)
                cells += 1
                allowed += want
                if got != want:
                    what = f"{method} {path} ({asked}) at {place}: {status} {body[:160]!r}, wanted {'yes' if want else 'no'}"
                    faults.setdefault((role, where), []).append(what)
    for token, role, where in CALLERS:
        wrong = faults.get((role, where), [])
        print("ok" if not wrong else "no", f"{role} over a {where} may what the table says, and no more",
              "; ".join(wrong[:3]) + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""), sep="\t")
    asked = {permission for _, _, permission in ROUTES}
    held = set().union(*(permissions for _, permissions in ROLES.values()))
    print("ok" if asked <= held else "no", "every permission that a route asks is held by some role",
          " ".join(sorted(asked - held)), sep="\t")
    print("ok" if cells == len(CALLERS) * len(PLACES) * len(ROUTES) and cells > 500 else "no", "every cell was tried", "", sep="\t")
    print("say", f"{cells} cells: {len(CALLERS)} people of {len(ROLES)} roles, {len(PLACES)} places, {len(ROUTES)} routes with "
          f"{len(asked)} permissions; {allowed} allowed", sep="\t")


main()

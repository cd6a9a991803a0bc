#!/usr/bin/env python3
"""x12.py TENONCTL DOCUMENTS SAMPLES PAGE: EDI as TAP. First objects of ours, made up here, become sets, which are read again
without a fault. Then every sample file: it is answered as it deserves, those in order come out of reading and writing as
they went in, and orders, stock and shipments become objects whose sums and counts are worked out here once more."""
import json
import os
import re
import subprocess
import sys
import tempfile
from decimal import Decimal

SUPPORTED = {"810", "820", "846", "850", "855", "856", "860", "940", "943", "944", "945", "997"}
MARK = b"\xef\xbb\xbf"

# Files that must be refused: a segment that their answer has, and why.
BROKEN = {
    "810_staedi__x12_invoice810_po850_dual.edi":
        ("AK4*4**2", "N1*ST says with 92 that an identification follows, and none does; the 810s in it are accepted"),
    "816_X12Parser___816_Steinmart_Example1.edi": ("TA1*000000001*000401*2300*R*001", "IEA02 is 00000000"),
    "820_X12Parser___820_Example3_HomeDepot.edi":
        ("AK4*2**6*TOTAL DOLLAR AMT OF CHECK", "a guide's template: words where amounts, dates and numbers belong"),
    "846_X12Parser___846_Example2.edi":
        ("AK4*4>1**5*403.32", "two terminators are missing, so that QTY and CTT are within the segments before"),
    "850_EDI.Net__Samples_x12.850.edi": ("TA1*000000055*090827*0936*R*001", "IEA02 is 000000001, ISA13 000000055"),
    "852_X12Parser___852_hdexchange.edi": ("TA1*000000002*990104*1521*R*001", "IEA02 has a tilde behind it"),
    "856_X12Parser___856_Example2.edi": ("AK4*2**1", "BSN02, the shipment's number, is mandatory and empty"),
    "860_X12Parser___860_Example1.edi":
        ("AK4*6**8*PO DATE", "a terminator is missing behind N1, words stand where a date belongs, SE01 is one too many"),
    "865_X12Parser___865_FromTyco.edi": ("TA1*000016680*080606*1248*R*001", "IEA02 is 00001660"),
    "940_EdiEngine__TestData_AckTest.edi":
        ("AK4*1**1", "N901 is mandatory and empty in the second set, W6606 is no code of two letters in the third"),
    "940_EdiEngine__TestData_ControlNumbersMismatch.edi": ("AK5*R*3", "SE02, GE02 and IEA02 are others than ST02, GS06 and ISA13"),
    "940_EdiEngine__TestData_WrongGroupsAndTranCount.edi": ("AK9*R*2*1*0*5", "GE01 and IEA01 count two where there is one"),
    "940_X12Parser___940_simplot.edi": ("AK9*R*1*1*0*4", "GE02 and IEA02 are other numbers than GS06 and ISA13"),
    "997_staedi__x12_empty997.edi": ("AK3*AK1*2**3", "AK1 and AK9 are mandatory"),
    "997_staedi__x12_extraDelimiter997.edi": ("AK4*2**6*AK302-R1", "AK302 is a number, and does not repeat"),
    "997_staedi__x12_invalid997.edi": ("AK4*1**5*HC NOT IN CODESET", "AK101 is a code of two letters"),
}

# Orders that say no prices wait for the customer's own list; 846s that say neither what can be sold nor what lies there.
HELD = {"850_EDI.Net__Samples_x12.850.issue135.edi": 2, "846_X12Parser___846_Example1.edi": 1}
OBJECTS = {
    "850": ("order", None), "846": ("inventory", "inventory"), "856": ("shipment", "shipment"),
    "945": ("warehouse-shipment", None),
}


class Suite:
    def __init__(self, tenonctl, documents, scratch):
        self.tenonctl, self.documents, self.scratch, self.n, self.bad = tenonctl, documents, scratch, 0, 0
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("TENON_")}

    def run(self, *words):
        done = subprocess.run([self.tenonctl, *words], capture_output=True, env=self.environment, check=False)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def file(self, name, octets):
        path = os.path.join(self.scratch, name)
        with open(path, "wb") as f:
            f.write(octets if isinstance(octets, bytes) else json.dumps(octets).encode())
        return path

    def document(self, name):
        return os.path.join(self.documents, name)

    def tell(self, name, faults):
        self.n += 1
        self.bad += bool(faults)
        print(("not ok" if faults else "ok") + f" {self.n} - {name}", flush=True)
        for fault in faults:
            print("# " + str(fault).replace("\n", "\n# "))

    def read(self, path):
        code, out, err = self.run("edi", "read", path)
        if code:
            raise ValueError(err)
        return json.loads(out)

    def sets(self, path):
        return [json.loads(line) for line in self.run("edi", "read", path, "--sets=yes")[1].splitlines()]

    def make(self, document, given):
        code, out, err = self.run("edi", "make", self.document(document), "--input", self.file("given.json", given))
        if code:
            raise ValueError(f"{document}: {err}")
        return json.loads(out)

    def mapped(self, mapping, given):
        """(object or None when it is held, faults)"""
        code, out, err = self.run("mapping", "run", self.document(mapping + ".mapping.json"), "--json", "--input",
                                  self.file("input.json", given))
        done = json.loads(out) if out else {"faults": [err]}
        if done.get("held") and not done["faults"]:
            return None, []
        return done.get("result"), done["faults"] if code else []


# ---- ours ----

ORDER = {
    "schema": "sales_order/1", "natural_key": "9007", "number": "#1001", "currency": "USD", "placed_at": "2026-11-23T10:00:00Z",
    "updated_at": "2026-11-23T10:00:00Z", "taxes_included": False,
    "billing": {"name": "Ada Brook", "street": "4 Mill Lane", "city": "Salem", "region": "OR", "postal_code": "97301", "country": "US"},
    "shipping_to": {"name": "Ada Brook", "company": "Brook*Co", "street": "4 Mill Lane", "street2": "Floor 2", "city": "Salem",
                    "region": "OR", "postal_code": "97301", "country": "US"},
    "lines": [
        {"key": "1", "sku": "TEA-250", "title": "Black tea", "quantity": "2", "unit_price": "12.505", "discount": "1.01",
         "taxes": [{"title": "State", "amount": "1.00"}]},
        {"key": "2", "sku": "CUP", "title": "White cup", "quantity": "1", "unit_price": "8.99", "taxes": []}],
    "shipping": [{"title": "Ground", "price": "5.95", "taxes": [{"amount": "0.05"}]}],
    "discounts": [{"title": "WELCOME", "amount": "2.00"}], "fees": [], "total": "37.99",
}
SHIPMENT = {
    "schema": "shipment/1", "natural_key": "f-1", "updated_at": "2026-11-24T16:00:00Z", "order_key": "9007", "state": "shipped",
    "number": "#1001.1", "shipped_at": "2026-11-24T16:00:00Z", "location": "W1", "carrier": "UPS", "tracking": [{"number": "1Z9"}],
    "to": ORDER["shipping_to"],
    "lines": [{"order_line_key": "1", "sku": "TEA-250", "title": "Black tea", "quantity": "2", "lot": "L7"},
              {"order_line_key": "2", "sku": "CUP", "quantity": "1"}],
}
PACKS = [{"sscc": "00007121610006156802", "lines": SHIPMENT["lines"][:1]},
         {"sscc": "00007121610006156819", "lines": SHIPMENT["lines"][1:]}]
POSITIONS = [{"sku": "TEA-250", "location": "W1", "available": "12", "on_hand": "15"},
             {"sku": "CUP", "location": "W1", "available": "-0.5"}]
ANSWER = {"kind": "AC", "at": "2026-11-23T11:00:00Z",
          "lines": [{"key": "1", "code": "IA", "quantity": "2", "ships_on": "2026-11-24"}, {"key": "2", "code": "IB", "quantity": "1"}]}
WRITES = [
    ("a ship notice by order and item", "ship-notice", {"shipment": SHIPMENT, "order": ORDER},
     ["BSN*00*#1001.1*20261124*1600*0004", "HL*3*2*I", "LIN*1*VN*TEA-250*LT*L7", "CTT*4*3"]),
    ("a ship notice by order, pack and item", "ship-notice", {"shipment": SHIPMENT, "order": ORDER, "packs": PACKS},
     ["BSN*00*#1001.1*20261124*1600*0001", "HL*3*2*P", "MAN*GM*00007121610006156819", "HL*6*5*I", "CTT*6*3"]),
    ("an invoice", "invoice", {"order": ORDER, "invoice": {"number": "INV-1", "date": "2026-11-24"}},
     ["BIG*20261124*INV-1*20261123*#1001", "IT1*1*2*EA*12.505**VN*TEA-250", "TDS*3799", "SAC*C*D240***595**********Ground"]),
    ("an order for a warehouse", "warehouse-order", {"order": ORDER, "warehouse": "W1"},
     ["W05*N*9007*#1001", "N1*ST*Brook Co", "W01*2*EA**VN*TEA-250", "W76*3"]),
    ("an inventory advice", "inventory", {"reference": "R1", "at": "2026-11-23T10:15:00Z", "positions": POSITIONS},
     ["BIA*00*DD*R1*20261123*1015", "QTY*33*12*EA", "QTY*33*-0.5*EA", "CTT*2"]),
    ("an answer to an order", "order-answer", {"order": ORDER, "answer": ANSWER},
     ["BAK*00*AC*#1001*20261123*****20261123", "ACK*IA*2*EA*068*20261124", "ACK*IB*1*EA"]),
]


def enclosed(made):
    return {"interchanges": [{
        "ISA": {"ISA06": "US", "ISA08": "THEM", "ISA09": "261123", "ISA10": "1015", "ISA13": "000000001"},
        "groups": [{"GS": {"GS02": "US", "GS03": "THEM", "GS04": "20261123", "GS05": "1015", "GS06": "1", "GS07": "X",
                           "GS08": "004010"}, "sets": [made]}]}]}


def written(s, made):
    code, out, err = s.run("edi", "write", s.file("made.json", enclosed(made)))
    if code:
        raise ValueError(err)
    return s.file("made.edi", out), out.decode().strip().split("~")


def faults_told(file):
    out = []
    for i in file["interchanges"]:
        out += i["faults"]
        for g in i["groups"]:
            out += g["faults"]
            for one in g["sets"]:
                out += one["faults"]
    return out


def of_ours(s):
    for name, document, given, wanted in WRITES:
        path, segments = written(s, s.make(document + ".write.json", given))
        faults = [w + " is not there" for w in wanted if w not in segments] + faults_told(s.read(path))
        s.tell(name + ": it says what it should, and is read without a fault", faults)


def back_again(s):
    path, _ = written(s, s.make("ship-notice.write.json", {"shipment": SHIPMENT, "order": ORDER, "packs": PACKS}))
    parts = s.make("shipment.parts.json", s.sets(path)[0])
    faults = [] if isinstance(parts, list) and len(parts) == 1 else ["not one shipment: " + str(parts)[:200]]
    result, more = s.mapped("shipment", parts[0])
    faults += more + [f for f in ("number", "shipped_at", "location", "carrier", "tracking")
                      if (result or {}).get(f) != SHIPMENT[f]]
    faults += [f"line {i}" for i, l in enumerate(SHIPMENT["lines"])
               if any(str(result["lines"][i].get(k)) != v for k, v in l.items())]
    s.tell("a ship notice of ours becomes the shipment that it was made of", faults)
    path, _ = written(s, s.make("inventory.write.json", {"reference": "R1", "at": "2026-11-23T10:15:00Z", "positions": POSITIONS}))
    made = [s.mapped("inventory", p) for p in s.make("inventory.parts.json", s.sets(path)[0])]
    faults = [f for _, more in made for f in more]
    faults += [] if [m["available"] for m, _ in made] == ["12", "-0.5"] else [str(made)]
    faults += [] if [m["natural_key"] for m, _ in made] == ["TEA-250@W1", "CUP@W1"] else [str(made)]
    s.tell("an inventory advice of ours becomes the positions that it was made of", faults)


# What no sample shows: charges, prices for a hundred, taxes, a cancelled order.
CHARGED = [
    "BEG*01*SA*4711**20090827", "CUR*BY*USD", "SAC*A*C310***150**********Promotion", "SAC*C*D240***1000**********Freight",
    "TXI*ST*0.33", "N1*ST*Ada Brook", "PO1*1*250*EA*12.345*HP*VN*A1", "SAC*A*C310***5", "TXI*ST*1.00", "PO1*2*3*EA*0*NC*VN*A2",
    "CTT*2"]
WAREHOUSE = [
    "W06*N*35131*20090903*SHP77**4711", "N1*ST*POMAIL*92*100", "N3*4 Mill Lane", "N4*Salem*OR*97301*US", "N1*SF*WAREHOUSE*92*W1",
    "N9*CN*1Z999", "G62*11*20090903", "W27*M*UPSN*UPS GROUND", "LX*1", "MAN*CP*1Z998", "W12*SH*2*2**EA**VN*110220*LOT9",
    "G69*Black tea", "LX*2", "W12*SH*5*3*2*EA**VN*110221", "W03*5*10*LB"]


def interchange(group, code, body):
    isa = "ISA*00*          *00*          *ZZ*THEM           *ZZ*US             *090903*0900*U*00401*000000042*0*T*>"
    return "~".join([isa, f"GS*{group}*THEM*US*20090903*0901*42*X*004010", f"ST*{code}*0001", *body,
                     f"SE*{len(body) + 2}*0001", "GE*1*42", "IEA*1*000000042", ""]).encode()


def of_theirs(s):
    path = s.file("charged.edi", interchange("PO", "850", CHARGED))
    faults = faults_told(s.read(path))
    order, more = s.mapped("order", s.sets(path)[0])
    faults += more
    # 250 at 12.345 a hundred is 30.8625, less 0.05, and 1.00; 10.00 less 1.50; 0.33
    for name, want in {"total": "40.64", "cancelled": True, "test": True, "placed_at": "2009-08-27T00:00:00Z",
                       "updated_at": "2009-09-03T09:01:00Z", "currency": "USD"}.items():
        if order.get(name) != want:
            faults.append(f"{name} is {order.get(name)}, not {want}")
    faults += [] if [l["unit_price"] for l in order["lines"]] == ["0.12345", "0"] else [order["lines"]]
    s.tell("an order with charges, taxes and a price for a hundred is exact to the cent", faults)
    path = s.file("warehouse.edi", interchange("SW", "945", WAREHOUSE))
    faults = faults_told(s.read(path))
    shipment, more = s.mapped("warehouse-shipment", s.sets(path)[0])
    faults += more
    for name, want in {"natural_key": "SHP77", "order_key": "35131", "location": "W1", "shipped_at": "2009-09-03T00:00:00Z",
                       "tracking": [{"number": "1Z999"}, {"number": "1Z998"}]}.items():
        if shipment.get(name) != want:
            faults.append(f"{name} is {shipment.get(name)}, not {want}")
    faults += [] if [l["quantity"] for l in shipment["lines"]] == ["2", "3"] else [shipment["lines"]]
    s.tell("a warehouse's advice becomes a shipment of what left, not of what was asked for", faults)


def of_page(s, page):
    """The example of ops/docs/edi.md and what its expressions give."""
    with open(page, encoding="utf-8") as f:
        text = f.read()
    example = json.loads(re.search(r"```json\n(.*?)```", text, re.S).group(1))
    path, _ = written(s, example)
    file = s.read(path)
    back = file["interchanges"][0]["groups"][0]["sets"][0]
    faults = faults_told(file) + [k for k in example if back.get(k) != example[k]]
    s.tell("the page's example is an order in order", faults)
    rows = re.findall(r"^\| `(.*)` \| `(.*)` \|$", text[:text.index("- **Components")], re.M)
    faults = [] if len(rows) >= 5 else [f"{len(rows)} expressions"]
    for expr, gives in rows:
        code, out, err = s.run("edi", "make", s.file("try.json", {"expr": expr}), "--input", s.file("given.json", example))
        faults += [] if code == 0 and json.loads(out) == json.loads(gives) else [f"{expr} gives {out!r} {err}"]
    s.tell("the page's expressions give what it says", faults)


# ---- samples ----

def segments_of(octets, document):
    """As they stand, without blanks around; the ISA's elements without theirs, which fill it up."""
    end = document["interchanges"][0]["separators"]["segment"].encode()
    octets = octets[len(MARK):] if octets.startswith(MARK) else octets
    cut = re.split(rb"[\r\n]+", octets) if end == b"\n" else octets.split(end)
    cut = [c.strip(b" \t\r\n") for c in cut]
    return [re.sub(rb" +", b" ", c) if c.startswith(b"ISA") else c for c in cut if c]


def same_isa(segments, separator):
    return [separator.join(p.strip(b" ") for p in c.split(separator)) if c.startswith(b"ISA") else c for c in segments]


def answered(s, path):
    code, out, err = s.run("edi", "ack", path, "--acks=yes")
    if code:
        raise ValueError(err)
    return [c for c in out.decode(errors="replace").strip().split("~") if c]


def verdict_faults(s, name, path):
    answer = answered(s, path)
    groups = [c.split("*")[1] for c in answer if c.startswith("AK9*")]
    if name in BROKEN:
        want = BROKEN[name][0]
        refused = any(g in "RP" for g in groups)
        return ([] if any(c == want or c.startswith(want + "*") for c in answer) else [f"{want} is not in the answer", *answer]) + \
            ([] if refused else ["it is accepted", *answer])
    if name.split("_")[0] not in SUPPORTED:
        return [] if any(c == "AK5*R*1" for c in answer) and groups == ["R"] else ["it is not \"not supported\"", *answer]
    return [] if groups and all(g in "AE" for g in groups) else ["it is refused", *answer]


def round_faults(s, name, path):
    document = s.read(path)
    code, out, err = s.run("edi", "write", s.file("again.json", document))
    if code:
        return [err]
    again = s.read(s.file("again.edi", out))
    separator = document["interchanges"][0]["separators"]["element"].encode()
    with open(path, "rb") as f:
        before = same_isa(segments_of(f.read(), document), separator)
    after = same_isa(segments_of(out, document), separator)
    told = [f for f in faults_told(document) if f["rejects"] or f["level"] != "interchange"]
    if not told and before != after:
        return [f"{b} became {a}" for b, a in zip(before, after) if a != b] or [f"{len(before)} segments became {len(after)}"]
    kept = [[g["sets"] for g in i["groups"]] for i in document["interchanges"]]
    back = [[g["sets"] for g in i["groups"]] for i in again["interchanges"]]
    for sets in (one for files in (kept, back) for groups in files for of in groups for one in of):
        for extra in ("faults", "verdict", "more_faults"):
            sets.pop(extra, None)
    return [] if kept == back else ["the documents are not the same again"]


def amount_of(order):
    total = sum((Decimal(l["unit_price"]) * Decimal(l["quantity"]) - Decimal(l.get("discount") or 0)
                 + sum(Decimal(t["amount"]) for t in l["taxes"]) for l in order["lines"]), Decimal(0))
    total += sum(Decimal(f["amount"]) for f in order["fees"]) - sum(Decimal(d["amount"]) for d in order["discounts"])
    return total + sum(Decimal(t["amount"]) for t in order["taxes"])


def segments_named(path, document, name):
    with open(path, "rb") as f:
        return [c for c in segments_of(f.read(), document) if re.match(name.encode() + rb"[^A-Z0-9]", c)]


def object_faults(s, name, path):
    code = name.split("_")[0]
    mapping, parts = OBJECTS[code]
    document, faults, held, lines, made = s.read(path), [], 0, 0, 0
    for one in s.sets(path):
        given = s.make(parts + ".parts.json", one) if parts else one
        for part in given if isinstance(given, list) else [given]:
            result, more = s.mapped(mapping, part)
            faults += more
            made += 1
            held += result is None
            lines += len((result or {}).get("lines", []))
            if result and code == "850" and abs(amount_of(result) - Decimal(result["total"])) >= Decimal("0.005"):
                faults.append(f"the total is {result['total']}, its parts make {amount_of(result)}")
    if held != HELD.get(name, 0):
        faults.append(f"{held} are held")
    counted = {"850": "ST", "846": "LIN", "856": None, "945": "ST"}[code]
    if counted and made != len(segments_named(path, document, counted)):
        faults.append(f"{made} objects of {len(segments_named(path, document, counted))} {counted}")
    if code == "850" and not held and lines != len(segments_named(path, document, "PO1")):
        faults.append(f"{lines} lines of {len(segments_named(path, document, 'PO1'))} PO1")
    if code == "856" and lines != len(segments_named(path, document, "SN1")):
        faults.append(f"{lines} lines of {len(segments_named(path, document, 'SN1'))} SN1")
    return faults


def of_samples(s, folder):
    for name in sorted(n for n in os.listdir(folder) if n.endswith(".edi")):
        path = os.path.join(folder, name)
        if name.startswith("none_"):
            code, _, err = s.run("edi", "read", path)
            s.tell(f"{name} is no EDI", [] if code == 1 and "does not begin with an ISA" in err else [err])
            continue
        why = f" is refused: {BROKEN[name][1]}" if name in BROKEN else ""
        s.tell(name + (why or " is answered"), verdict_faults(s, name, path))
        s.tell(name + " is written as it was read", round_faults(s, name, path))
        if name.split("_")[0] in OBJECTS and name not in BROKEN:
            s.tell(name + " becomes objects", object_faults(s, name, path))


def main():
    tenonctl, documents, samples, page = sys.argv[1:5]
    with tempfile.TemporaryDirectory() as scratch:
        s = Suite(tenonctl, documents, scratch)
        of_ours(s)
        back_again(s)
        of_theirs(s)
        of_page(s, page)
        if os.path.isdir(samples):
            of_samples(s, samples)
        else:
            s.n += 1
            print(f"ok {s.n} - other people's files # SKIP they are not here")
        print(f"1..{s.n}")
        return s.bad > 0


if __name__ == "__main__":
    sys.exit(main())

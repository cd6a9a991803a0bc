"""A shop asked through its connector: tenonctl writes the request and reads the answer, and what is between is sent here."""
import base64
import json
import os
import subprocess
import tempfile

from buyers import parsed, send


# tenonctl refuses settings that it does not know, and those of the test programs are none of its.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("TENON_")}


def tenonctl_run(tenonctl, *words):
    return subprocess.run([tenonctl, "connector", *words], capture_output=True, text=True, check=False, env=ENVIRONMENT)


class Said:
    """What an operation made of an answer: value, words ("found, called 7"), and, of a refusal, why."""

    def __init__(self, value, words, code, status, body):
        self.value, self.words, self.code, self.status, self.body = value, words, code, status, body
        self.good = code == 0
        self.found = self.good and words.startswith("found")
        self.ref = words.split("called ", 1)[1].split(", goes on")[0].strip() if "called " in words else ""
        self.after = words.split("goes on after ", 1)[1].strip() if "goes on after " in words else None

    def __str__(self):
        return f"{self.status} {self.words.strip()} {str(self.body)[:300]}"


class Connector:
    def __init__(self, tenonctl, name, settings, headers):
        self.tenonctl, self.name, self.settings, self.headers = tenonctl, name, settings, headers
        self.folder = tempfile.mkdtemp()

    def _file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def _run(self, act, *words):
        return tenonctl_run(self.tenonctl, act, self.name, *words)

    def _words(self, operation, with_, key, after, probe):
        words = ["--operation", operation, "--settings", self._file("settings.json", self.settings)]
        if with_ is not None:
            words += ["--with", self._file("with.json", with_)]
        if key:
            words += ["--key", key]
        if after:
            words += ["--after", after]
        return words + (["--probe"] if probe else [])

    def call(self, operation, with_=None, key=None, after=None, probe=False):
        words = self._words(operation, with_, key, after, probe)
        made = self._run("request", *words)
        if made.returncode:
            raise RuntimeError(f"{operation}: {made.stderr}")
        head, _, body = made.stdout.partition("\n\n")
        first, *rest = head.splitlines()
        method, url = first.split(" ", 1)
        headers = {**dict(line.split(": ", 1) for line in rest if ": " in line), **self.headers}
        status, _, text = send(method, url, body.strip().encode() if body.strip() else None, headers)
        read = self._run("read", *words, "--answer", self._file("answer.json", text), "--status", str(status))
        value = parsed(read.stdout) if read.returncode == 0 and read.stdout.strip() else None
        return Said(value, read.stderr, read.returncode, status, text)

    def all(self, operation, with_=None):
        items, after = [], None
        while True:
            said = self.call(operation, with_, after=after)
            if not said.good:
                raise RuntimeError(f"{operation}: {said}")
            items += said.value
            after = said.after
            if not after:
                return items

    def objects(self, operation, with_=None):
        """The canonical objects of an operation's answer: [{valid, value, faults}]."""
        said = self.call(operation, with_)
        case = self._file("cases.json", '[{"operation": %s, "settings": %s, "with": %s, "status": %d, "body": %s}]' % (
            json.dumps(operation), json.dumps(self.settings), json.dumps(with_), said.status, said.body))
        read = self._run("cases", "--input", case)
        if read.returncode:
            raise RuntimeError(f"{operation}: {read.stderr}")
        return parsed(read.stdout.splitlines()[0])["objects"]


def vendure(tenonctl, facts):
    """Signs in as the manifest says, by the texts that it has for it."""
    shown = tenonctl_run(tenonctl, "show", "vendure")
    if shown.returncode:
        raise RuntimeError(shown.stderr)
    login = {"query": json.loads(shown.stdout)["texts"]["login"], "variables": {"u": facts["user"], "p": facts["password"]}}
    _, back, text = send("POST", facts["admin_api"], login)
    if '"CurrentUser"' not in text:
        raise RuntimeError(text)
    return Connector(tenonctl, "vendure", {"shop": facts["url"], "user": facts["user"]},
                     {"authorization": "Bearer " + back["vendure-auth-token"]})


def medusa(tenonctl, facts):
    pair = base64.b64encode((facts["secret_key"] + ":").encode()).decode()
    return Connector(tenonctl, "medusa", {"shop": facts["url"]}, {"authorization": "Basic " + pair})


def tryton(tenonctl, facts, ids, who="user", company="us"):
    """Signs in as the manifest says: the session is the user, its number and a key of 64 digits."""
    login = {"id": 1, "method": "common.db.login", "params": [facts[who], {"password": facts["password"]}, "en"]}
    _, _, text = send("POST", facts["url"], login)
    number, key = json.loads(text)["result"]
    pair = base64.b64encode(f"{facts[who]}:{number}:{key}".encode()).decode()
    settings = {"url": facts["url"], "user": facts[who], "company": ids["companies"][company], "currency": ids["currencies_of"][company],
                "warehouse": ids["warehouses"]["DC1"], "unit": ids["uom_unit"], "payment_term": ids["payment_terms"]["immediate"],
                "account_category": ids["categories"]["taxed"], "journal": ids["journals"]["REV"],
                "statement_journal": ids["statement_journals"]["processor"], "receivable_account": ids["accounts"]["receivable"],
                "returns_account": ids["accounts"]["returns"], "tax_account": ids["accounts"]["revenue"]}
    return Connector(tenonctl, "tryton", settings, {"authorization": "Session " + pair})

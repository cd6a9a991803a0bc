"""The ERP itself, past the product: what it holds, and what people in a warehouse and in accounting do there."""
import base64
import json
import urllib.error
import urllib.request
from decimal import Decimal


class ErpError(Exception):
    pass


def _read(value):
    if value.get("__class__") == "Decimal":
        return Decimal(value["decimal"])
    return value


def decimal(value):
    return {"__class__": "Decimal", "decimal": str(value)}


class Erp:
    def __init__(self, facts):
        self.url, self.user, self.password = facts["url"], facts["user"], facts["password"]
        self.session, self.context = None, {"company": 1}

    def _post(self, method, params):
        headers = {"content-type": "application/json"}
        if self.session:
            headers["authorization"] = "Session " + self.session
        request = urllib.request.Request(self.url, json.dumps({"id": 1, "method": method, "params": params}).encode(), headers)
        with urllib.request.urlopen(request, timeout=120) as answer:
            said = json.loads(answer.read().decode(), object_hook=_read)
        if "error" in said:
            raise ErpError(f"{method}: {said['error']}")
        return said["result"]

    def call(self, method, *params):
        for last in (False, True):
            if not self.session:
                number, session = self._post("common.db.login", [self.user, {"password": self.password}, "en"])
                self.session = base64.b64encode(f"{self.user}:{number}:{session}".encode()).decode()
            try:
                return self._post("model." + method, [*params, self.context])
            except urllib.error.HTTPError as refusal:
                if refusal.code != 401 or last:
                    raise
                self.session = None

    def all(self, model, domain, *fields):
        return self.call(f"{model}.search_read", domain, 0, None, [["id", "ASC"]], list(fields))

    def within(self, context):
        """The same, asked in a context of its own."""
        other = Erp({"url": self.url, "user": self.user, "password": self.password})
        other.session, other.context = self.session, {**self.context, **context}
        return other

    def id_of(self, model, field, value):
        found = self.all(model, [[field, "=", value]], "id")
        return found[0]["id"] if found else None

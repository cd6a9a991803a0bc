"""The product, by its interface alone, as somebody at a customer uses it."""
import http.client
import json
import socket
import ssl
import time
import uuid


class _Connection(http.client.HTTPSConnection):
    def connect(self):
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        self.sock = self._context.wrap_socket(raw, server_hostname=self.host)


class Refused(Exception):
    pass


class Product:
    def __init__(self, facts):
        self.host, self.port, self.key, self.customer = facts["host"], facts["port"], facts["key"], facts["customer"]
        self.context = ssl.create_default_context(cafile=facts["ca"])

    def ask(self, method, path, body=None):
        """The answer's body; who is told to come later comes later."""
        headers = {"authorization": "Bearer " + self.key, "customer": self.customer, "content-type": "application/json"}
        if method != "GET":
            headers["idempotency-key"] = str(uuid.uuid4())
        for _ in range(30):
            connection = _Connection(self.host, self.port, context=self.context)
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            if answer.status not in (429, 503):
                break
            time.sleep(min(int(answer.headers.get("retry-after") or 1), 5))
        if answer.status >= 300:
            raise Refused(f"{method} {path}: {answer.status} {text}")
        return json.loads(text) if text else None

    def all(self, path):
        cursor, rows = "", []
        while True:
            page = self.ask("GET", f"{path}{'&' if '?' in path else '?'}limit=100{cursor}")
            rows += page["data"]
            if not page.get("next_cursor"):
                return rows
            cursor = "&cursor=" + page["next_cursor"]

    def connection(self, connector, name, settings, destination=None, **secrets):
        made = {"connector": connector, "name": name, "settings": settings, **secrets}
        if destination:
            made["destination_id"] = destination
        return self.ask("POST", "/v1/connections", made)

    def mapping(self, connection, system, source_object, target, change):
        """A mapping of the customer's own, which the connection's records go through from now on: the one that comes with
        the product, as change(document) has it."""
        made = self.ask("POST", "/v1/mappings", {"name": f"{system} {source_object}", "source_system": system, "begin": "shipped",
                                                 "source_object": source_object, "target": target, "review": "not_required"})
        path = f"/v1/mappings/{made['id']}/versions"
        document = self.ask("GET", path + "/1")["document"]
        change(document)
        number = self.ask("POST", path, {"document": document})["number"]
        self.ask("POST", f"{path}/{number}/publish", {"share": 100})
        self.ask("PUT", f"/v1/connections/{connection}/mappings/{source_object}", {"mapping_id": made["id"]})

    def flow(self, name, document, connections):
        made = self.ask("POST", "/v1/flows", {"name": name})["id"]
        for role, connection in connections.items():
            self.ask("PUT", f"/v1/flows/{made}/connections/{role}", {"connection_id": connection})
        number = self.ask("POST", f"/v1/flows/{made}/versions", {"document": document})["number"]
        self.ask("POST", f"/v1/flows/{made}/versions/{number}/publish")
        return made

    def cross_reference(self, name, entries):
        made = self.ask("POST", "/v1/cross-references", {"name": name, "shape": "one_to_one"})["id"]
        for key, value in entries.items():
            self.ask("POST", f"/v1/cross-references/{made}/entries", {"key": key, "value": str(value)})

    def run(self, flow, given, seconds=300):
        """A run, and those that it begins; the first one's end."""
        job = self.ask("POST", f"/v1/flows/{flow}/runs", {"input": given})
        until = time.time() + seconds
        while time.time() < until:
            job = self.ask("GET", f"/v1/jobs/{job['id']}")
            if job["state"] in ("done", "held", "dead", "cancelled", "dropped"):
                break
            time.sleep(0.5)
        return job

"""A way for a shop's events to an address with a certificate of our own: what comes here by HTTP goes on by HTTPS, as it is.

usage: relay.py PORT TO_PORT TO_HOST CA          everything on 127.0.0.1
"""
import http.client
import http.server
import socket
import ssl
import sys

PORT, TO_PORT, TO_HOST, CA = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
BODY_MAX = 1 << 20
OWN = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "keep-alive"}


class Onward(http.client.HTTPSConnection):
    def connect(self):
        raw = socket.create_connection(("127.0.0.1", TO_PORT), timeout=30)
        self.sock = self._context.wrap_socket(raw, server_hostname=TO_HOST)


class Relay(http.server.BaseHTTPRequestHandler):
    context = ssl.create_default_context(cafile=CA)

    def do_POST(self):
        length = int(self.headers["content-length"])
        if length > BODY_MAX:
            self.send_error(413)
            return
        body = self.rfile.read(length)
        try:
            onward = Onward(TO_HOST, TO_PORT, context=self.context)
            onward.request("POST", self.path, body, {k: v for k, v in self.headers.items() if k.lower() not in OWN})
            answer = onward.getresponse()
            status, text = answer.status, answer.read()
            onward.close()
        except OSError:
            status, text = 502, b""
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Relay).serve_forever()

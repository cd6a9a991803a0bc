#!/usr/bin/env python3
"""A mail relay for tests and the demonstration: takes everything on loopback and keeps each message as a file.

    smtpd.py --listen 127.0.0.1:2525 --folder DIR

DIR/NNNN.eml is a message with its envelope before it (X-Envelope-From, X-Envelope-To, X-Hello). DIR/behave, when it is
there, says what the next transactions meet, one line each, taken from the top; "always" before a line keeps it:
    rcpt 550 5.1.1 no such user     an answer to RCPT TO       mail 451 4.7.1 later    to MAIL FROM
    end 452 4.3.1 full              to the end of the text     drop                    no answer after the text, kept
    drop-unkept                     no answer, not kept        greet 554 no            instead of the greeting
    wait SECONDS                    before the last answer
"""
import argparse
import os
import socket
import socketserver
import threading
import time

LOCK = threading.Lock()
FOLDER = "."


def behaviour():
    """The line for this transaction, or none."""
    path = os.path.join(FOLDER, "behave")
    with LOCK:
        try:
            with open(path, encoding="utf-8") as f:
                lines = [line.strip() for line in f if line.strip()]
        except FileNotFoundError:
            return "", ""
        if not lines:
            return "", ""
        first = lines[0]
        if first.startswith("always "):
            first = first[len("always "):]
        else:
            with open(path + ".new", "w", encoding="utf-8") as f:
                f.write("".join(line + "\n" for line in lines[1:]))
            os.replace(path + ".new", path)
    what, _, rest = first.partition(" ")
    return what, rest


def keep(hello, sender, to, text):
    with LOCK:
        n = len([name for name in os.listdir(FOLDER) if name.endswith(".eml")]) + 1
        path = os.path.join(FOLDER, f"{n:04d}.eml")
        with open(path + ".part", "wb") as f:
            f.write(f"X-Hello: {hello}\r\nX-Envelope-From: {sender}\r\nX-Envelope-To: {to}\r\n".encode())
            f.write(text)
        os.replace(path + ".part", path)


class Session(socketserver.StreamRequestHandler):
    timeout = 60

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def text(self):
        out = []
        while True:
            line = self.rfile.readline()
            if not line:
                return None
            if line == b".\r\n":
                return b"".join(out)
            out.append(line[1:] if line.startswith(b".") else line)

    def end(self, what, rest, envelope, text):
        """False: the connection ends."""
        if what == "wait":
            time.sleep(float(rest))
        if what == "end":
            self.say(rest)
            return True
        if what != "drop-unkept":
            keep(*envelope, text)
        if what.startswith("drop"):
            return False
        self.say("250 2.0.0 kept")
        return True

    def handle(self):
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        what, rest = behaviour()
        if what == "greet":
            self.say(rest)
            return
        self.say("220 relay.test ready")
        hello = sender = to = ""
        while True:
            line = self.rfile.readline(2000).decode("utf-8", "replace").strip()
            verb = line[:4].upper()
            if not line or verb == "QUIT":
                if line:
                    self.say("221 2.0.0 bye")
                return
            if verb in ("EHLO", "HELO"):
                hello = line[5:]
                self.say("250-relay.test")
                self.say("250 SIZE 1000000")
            elif verb == "MAIL":
                sender = line[10:].split(" ")[0].strip("<>")
                self.say(rest if what == "mail" else "250 2.1.0 ok")
            elif verb == "RCPT":
                to = line[8:].strip("<>")
                self.say(rest if what == "rcpt" else "250 2.1.5 ok")
            elif verb == "DATA":
                self.say("354 go on")
                text = self.text()
                if text is None or not self.end(what, rest, (hello, sender, to), text):
                    return
            else:
                self.say("250 2.0.0 ok")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main():
    global FOLDER
    p = argparse.ArgumentParser()
    p.add_argument("--listen", default="127.0.0.1:2525")
    p.add_argument("--folder", required=True)
    a = p.parse_args()
    FOLDER = a.folder
    os.makedirs(FOLDER, exist_ok=True)
    host, _, port = a.listen.rpartition(":")
    with Server((host, int(port)), Session) as server:
        print(f"port={server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()

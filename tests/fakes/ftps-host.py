#!/usr/bin/python3
"""A host of files by FTP within TLS (RFC 959, 2428, 4217), for tests, on loopback:
ftps-host.py PORT FOLDER CERTIFICATE KEY USER PASSWORD. It says what comes on standard output, and refuses whatever is not
within TLS."""
import os
import socket
import ssl
import sys
import threading
import time

PORT, ROOT, CERTIFICATE, KEY, USER, PASSWORD = sys.argv[1:]
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
TLS.load_cert_chain(CERTIFICATE, KEY)


class Session(threading.Thread):
    def __init__(self, sock):
        super().__init__(daemon=True)
        self.sock, self.passive, self.protected, self.known, self.name, self.moving = sock, None, False, False, '', None

    def say(self, line):
        self.sock.sendall((line + '\r\n').encode())

    def path(self, text):
        path = os.path.normpath(ROOT + '/' + text)
        if path != ROOT and not path.startswith(ROOT + '/'):
            raise FileNotFoundError(text)
        return path

    def run(self):
        self.say('220 ready')
        left = b''
        while True:
            while b'\r\n' not in left:
                more = self.sock.recv(4096)
                if not more:
                    return
                left += more
            line, left = left.split(b'\r\n', 1)
            word, _, rest = line.decode('utf-8').partition(' ')
            print('got', word, rest if word != 'PASS' else '***', flush=True)
            try:
                if not self.answer(word.upper(), rest):
                    return
            except OSError as why:
                self.say('550 ' + (why.strerror or 'no such thing'))

    def answer(self, word, rest):
        if word == 'AUTH':
            self.say('234 go on')
            self.sock = TLS.wrap_socket(self.sock, server_side=True)
            return True
        if not isinstance(self.sock, ssl.SSLSocket):
            self.say('550 within TLS only')
            return True
        handler = getattr(self, 'do_' + word.lower(), None)
        if handler is None or not (self.known or word in ('USER', 'PASS', 'QUIT', 'PBSZ', 'PROT', 'FEAT')):
            self.say('530 who is there?' if handler else '502 not here')
            return True
        handler(rest)
        return word != 'QUIT'

    def do_user(self, name):
        self.name = name
        self.say('331 and the password?')

    def do_pass(self, word):
        self.known = (self.name, word) == (USER, PASSWORD)
        self.say('230 welcome' if self.known else '530 no')

    def do_pbsz(self, _):
        self.say('200 0')

    def do_prot(self, level):
        self.protected = level == 'P'
        self.say('200 ' + level)

    def do_pwd(self, _):
        self.say('257 "/"')

    def do_type(self, _):
        self.say('200 as it is')

    def do_quit(self, _):
        self.say('221 bye')

    def do_epsv(self, _):
        self.passive = socket.create_server(('127.0.0.1', 0))
        self.say('229 there (|||%d|)' % self.passive.getsockname()[1])

    def data(self):
        if not self.protected:
            raise OSError(1, 'protected only')
        self.say('150 here it comes')
        self.passive.settimeout(10)
        plain, _ = self.passive.accept()
        self.passive.close()
        return TLS.wrap_socket(plain, server_side=True)

    def send(self, octets):
        with self.data() as to:
            to.sendall(octets)
            try:
                to.unwrap()
            except (OSError, ssl.SSLError):
                pass
        self.say('226 that was it')

    def do_nlst(self, folder):
        self.send(''.join('%s/%s\r\n' % (folder.rstrip('/'), n) for n in sorted(os.listdir(self.path(folder)))).encode())

    def do_list(self, folder):
        lines = []
        for name in sorted(os.listdir(self.path(folder))):
            st = os.stat(os.path.join(self.path(folder), name))
            lines.append('%s 1 files files %d %s %s\r\n' % ('drwxr-xr-x' if os.path.isdir(os.path.join(self.path(folder), name)) else '-rw-r--r--',
                                                          st.st_size, time.strftime('%b %d %H:%M', time.gmtime(st.st_mtime)), name))
        self.send(''.join(lines).encode())

    def do_size(self, name):
        self.say('213 %d' % os.stat(self.path(name)).st_size)

    def do_retr(self, name):
        with open(self.path(name), 'rb') as f:
            octets = f.read()
        self.send(octets)

    def do_stor(self, name):
        with open(self.path(name), 'wb') as f, self.data() as come:
            while True:
                octets = come.recv(65536)
                if not octets:
                    break
                f.write(octets)
        self.say('226 taken')

    def do_rnfr(self, name):
        self.moving = self.path(name)
        os.stat(self.moving)
        self.say('350 to where?')

    def do_rnto(self, name):
        if os.path.exists(self.path(name)):
            raise OSError(17, 'there is one')
        os.rename(self.moving, self.path(name))
        self.say('250 moved')


def main():
    host = socket.create_server(('127.0.0.1', int(PORT)))
    print('ready', flush=True)
    while True:
        sock, _ = host.accept()
        Session(sock).start()


main()

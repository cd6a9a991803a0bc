#!/usr/bin/env python3
"""A host of files by FTP within TLS, for tests: ftps-host.py PORT FOLDER CERTIFICATE KEY USER PASSWORD. On loopback."""
import logging
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import FTPServer


def main():
    port, folder, certificate, key, user, password = sys.argv[1:]
    people = DummyAuthorizer()
    people.add_user(user, password, folder, perm='elradfmwMT')
    handler = TLS_FTPHandler
    handler.authorizer = people
    handler.certfile = certificate
    handler.keyfile = key
    handler.tls_control_required = True
    handler.tls_data_required = True
    logging.basicConfig(level=logging.INFO)
    server = FTPServer(('127.0.0.1', int(port)), handler)
    print('ready', flush=True)
    server.serve_forever()


main()

"""Delivers orders as a shop's webhooks, eight at once, each until it is taken.

usage: deliver.py ADDRESS PORT HOST PATH CA SECRET SHOP NAME < one order a line
"""
import base64
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import sys
import threading
import time

ADDRESS, PORT, HOST, PATH, CA, SECRET, SHOP, NAME = sys.argv[1:]


class Connection(http.client.HTTPSConnection):
    def connect(self):
        raw = socket.create_connection((ADDRESS, int(PORT)), timeout=30)
        self.sock = self._context.wrap_socket(raw, server_hostname=HOST)


def deliver(c, body):
    mac = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    c.request('POST', PATH, body, {
        'content-type': 'application/json', 'x-shopify-topic': 'orders/create', 'x-shopify-shop-domain': SHOP,
        'x-shopify-api-version': '2026-07', 'x-shopify-webhook-id': f'{NAME}-{json.loads(body)["id"]}',
        'x-shopify-hmac-sha256': base64.b64encode(mac).decode()})
    answer = c.getresponse()
    answer.read()
    return answer.status


def sender(lines, context):
    c = Connection(HOST, int(PORT), context=context)
    for line in lines:
        for _ in range(100):
            try:
                if deliver(c, line.strip().encode()) // 100 == 2:
                    break
            except OSError:
                c.close()
            time.sleep(0.1)
        else:
            sys.exit('a delivery was never taken')


def main():
    lines = sys.stdin.readlines()
    context = ssl.create_default_context(cafile=CA)
    senders = [threading.Thread(target=sender, args=(lines[i::8], context)) for i in range(8)]
    for s in senders:
        s.start()
    for s in senders:
        s.join()


main()

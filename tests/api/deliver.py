"""Many deliveries of one shop over one connection: deliver.py PORT HOST HOOK SHOP SECRET TEMPLATE FIRST LAST.
The template is an order 9999; the orders FIRST to LAST are made of it. Says how many were taken."""
import base64
import hashlib
import hmac
import http.client
import ssl
import sys

port, host, hook, shop, secret, template, first, last = sys.argv[1:]
context = ssl._create_unverified_context()
connection = http.client.HTTPSConnection('127.0.0.1', int(port), context=context, timeout=30)
with open(template, encoding='utf-8') as f:
    text = f.read()
taken = 0
for n in range(int(first), int(last) + 1):
    body = text.replace('9999', str(n)).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    connection.request('POST', hook, body, {
        'host': '%s:%s' % (host, port), 'content-type': 'application/json', 'x-shopify-topic': 'orders/create',
        'x-shopify-api-version': '2026-07', 'x-shopify-shop-domain': shop, 'x-shopify-webhook-id': '%s-%d' % (shop, n), 'x-shopify-hmac-sha256': signature})
    answer = connection.getresponse()
    answer.read()
    taken += answer.status == 200
print(taken)

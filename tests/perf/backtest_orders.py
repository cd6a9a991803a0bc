#!/usr/bin/env python3
"""backtest_orders.py COUNT TEMPLATE [EXAMPLES]: SQL that records COUNT orders as deliveries of the shop called "Recorded", or of
the one there is, over the last 25 days: the vendor's own example orders (EXAMPLES) and TEMPLATE in turn, each with its number. What they differ in, by
their number: every 7th came by "pos", every 251st is refunded in part, every 101st has a note."""
import json
import os
import sys

NOTE, SOURCE, STATUS = '"{{note}}"', '"{{source}}"', '"{{status}}"'


def examples(path):
    """The orders in the vendor's published answers. One was asked for with fields=…, which is not how a connector asks."""
    if not path or not os.path.exists(path):
        return
    with open(path, encoding='utf-8') as f:
        for case in json.load(f):
            body = (case.get('response') or {}).get('body')
            found = [] if not isinstance(body, dict) else [body.get('order')] + list(body.get('orders') or [])
            for order in found:
                if isinstance(order, dict) and order.get('line_items') and 'total_price' in order:
                    money = order['line_items'][0].get('price_set', {}).get('shop_money', {})
                    yield {'currency': money.get('currency_code'), 'created_at': '2026-01-01T00:00:00Z', **order}


def base_of(order):
    order.update(id='{{id}}', name='#{{n}}', email='shopper{{n}}@example.com', note='{{note}}', source_name='{{source}}',
                 financial_status='{{status}}', cancelled_at=None)
    text = json.dumps(order, ensure_ascii=False, separators=(',', ':'))
    return text.replace('"{{id}}"', '58000{{n}}')


def main():
    count = int(sys.argv[1])
    with open(sys.argv[2], encoding='utf-8') as f:
        bases = [base_of(json.loads(f.read().replace('{{n}}', '0')))]
    bases += [base_of(o) for o in examples(sys.argv[3] if len(sys.argv) > 3 else '')]
    print('set search_path = tenon; create temp table base (k int, body text);')
    for k, text in enumerate(bases):
        print(f"insert into base values ({k}, $body${text}$body$);")
    print(f"""
insert into inbound_message (partner_id, customer_id, message_id, connection_id, topic, dedupe_key, business_key, body, body_hash,
                             received_at)
select c.partner_id, c.customer_id, (lpad(to_hex(ms), 12, '0') || '7' || left(md5(n::text), 3) || '8' || right(md5(n::text), 15))::uuid,
       c.connection_id, 'orders/create', 'recorded:' || n, 'order:58000' || n, convert_to(body, 'UTF8'),
       sha256(convert_to(body, 'UTF8')), to_timestamp(ms / 1000.0)
  from (select n, (extract(epoch from now()) * 1000)::bigint - ({count} - n + 1) * (25 * 86400000::bigint / {count}) as ms,
               replace(replace(replace(replace(b.body, '{{{{n}}}}', n::text),
                   '{NOTE}', case when n % 101 = 0 then '"leave at the door"' else 'null' end),
                   '{SOURCE}', case when n % 7 = 0 then '"pos"' else '"web"' end),
                   '{STATUS}', case when n % 251 = 0 then '"partially_refunded"' else '"paid"' end) as body
          from generate_series(1, {count}) n join base b on b.k = n % {len(bases)}) o
 cross join (select * from connection where connector = 'shopify' order by name = 'Recorded' desc limit 1) c;
select count(*), round(avg(octet_length(body))) from inbound_message;""")


main()

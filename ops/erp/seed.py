"""Demonstration data for a fresh Tryton 6.0 database, written through its own models so that its own rules apply.

usage: seed.py TRYTOND_CONF DATABASE OUTPUT_JSON      (ERP_PASSWORD in the environment)
"""
import configparser
import datetime
import json
import os
import sys
from decimal import Decimal

from proteus import Model, Wizard, config

PRICES = """19.99 24.50 7.25 129.00 3.33 0.99 49.95 15.00 88.88 12.49
            5.05 64.10 31.17 250.00 2.75 9.90 17.77 45.00 100.01 6.66""".split()
TODAY = datetime.date.today()
get = Model.get


def connect(conf, database):
    parser = configparser.RawConfigParser()
    parser.read(conf)
    uri = parser.get('database', 'uri').replace('/?', '/%s?' % database, 1)
    return config.set_trytond(uri, config_file=conf)


def by_xml_id(model, module, name):
    found, = get('ir.model.data').find([('module', '=', module), ('fs_id', '=', name)])
    return get(model)(found.db_id)


def make(model, **values):
    record = get(model)(**values)
    record.save()
    return record


def currency(code, numeric, symbol, rate):
    record = get('currency.currency')(
        name=code, code=code, numeric_code=numeric, symbol=symbol, rounding=Decimal('0.01'), digits=2)
    line = record.rates.new()
    line.date = datetime.date(2020, 1, 1)
    line.rate = Decimal(rate)
    record.save()
    return record


def company(connection, name, currency_):
    party = make('party.party', name=name)
    record = get('company.company')()
    record.party = party
    record.currency = currency_
    record.save()
    User = get('res.user')
    admin = User(1)
    admin.companies.append(get('company.company')(record.id))
    admin.company = get('company.company')(record.id)
    admin.save()
    connection._context = User.get_preferences(True, {})  # from here on as this company
    return record


def chart_of_accounts(company_):
    wizard = Wizard('account.create_chart')
    wizard.execute('account')
    wizard.form.account_template = by_xml_id('account.account.template', 'account', 'account_template_root_en')
    wizard.form.company = get('company.company')(company_.id)
    wizard.execute('create_account')
    accounts = {a.name: a for a in get('account.account').find([])}
    wizard.form.account_receivable = accounts['Main Receivable']
    wizard.form.account_payable = accounts['Main Payable']
    wizard.execute('create_properties')
    return {kind: accounts['Main %s' % kind.title()]
            for kind in ('receivable', 'payable', 'revenue', 'expense', 'cash', 'tax')}


def fiscal_year(company_, n):
    year = get('account.fiscalyear')(
        name=str(n), start_date=datetime.date(n, 1, 1), end_date=datetime.date(n, 12, 31))
    year.company = get('company.company')(company_.id)
    kind = {t.name: t for t in get('ir.sequence.type').find([('name', 'in', ['Account Move', 'Invoice'])])}
    year.post_move_sequence = make(
        'ir.sequence', name='Move %d' % n, sequence_type=kind['Account Move'], prefix='%d/' % n, company=year.company)
    sequences = year.invoice_sequences[0]
    for field, prefix in [('out_invoice', 'INV'), ('out_credit_note', 'CN'),
                          ('in_invoice', 'BILL'), ('in_credit_note', 'BCN')]:
        setattr(sequences, field + '_sequence', make(
            'ir.sequence.strict', name='%s %d' % (prefix, n), sequence_type=kind['Invoice'],
            prefix='%s-%d-' % (prefix, n), padding=6, company=year.company))
    year.save()
    year.click('create_period')


def tax(name, rate, account):
    record = get('account.tax')(name=name, description=name, type='percentage', rate=Decimal(rate))
    record.invoice_account = account
    record.credit_note_account = account
    record.save()
    return record


def category(name, accounts, tax_):
    record = make('product.category', name=name, accounting=True)
    record.account_revenue = accounts['revenue']
    record.account_expense = accounts['expense']
    record.customer_taxes.append(get('account.tax')(tax_.id))
    record.save()
    return record


def product(sku, name, kind, price, category_, unit):
    template = get('product.template')(name=name)
    template.default_uom = unit
    template.type = kind
    template.salable = True
    template.list_price = Decimal(price)
    template.account_category = get('product.category')(category_.id)
    template.products[0].suffix_code = sku
    template.products[0].cost_price = (Decimal(price) * Decimal('0.4')).quantize(Decimal('0.01'))
    template.save()
    return template.products[0]


def warehouse(code, name):
    part = {kind: make('stock.location', name='%s %s' % (name, kind), code='%s-%s' % (code, kind[:3].upper()),
                       type='storage')
            for kind in ('input', 'output', 'storage')}
    house = get('stock.location')(name=name, code=code, type='warehouse')
    house.input_location = part['input']
    house.output_location = part['output']
    house.storage_location = part['storage']
    house.lost_found_location = by_xml_id('stock.location', 'stock', 'location_lost_found')
    house.save()
    return house, part['storage']


def count_stock(location, products, quantity):
    inventory = get('stock.inventory')(location=location, date=TODAY)
    for record in products:
        inventory.lines.new(product=record).quantity = float(quantity)
    inventory.click('confirm')


def customer(code, name, country):
    party = get('party.party')(name=name, code=code)
    address = party.addresses[0] if party.addresses else party.addresses.new()
    address.street = '1 Main Street'
    address.postal_code = '12345'
    address.city = 'Springfield'
    address.country = country
    contact = party.contact_mechanisms.new()
    contact.type = 'email'
    contact.value = '%s@example.com' % code.lower()
    party.save()
    return party


def api_user(company_):
    "May sell, and keep products and parties; may not administer."
    user = get('res.user')(name='Connector', login='connector', password=os.environ['ERP_PASSWORD'])
    for module, name in [('sale', 'group_sale'), ('stock', 'group_stock'), ('account', 'group_account'),
                         ('product', 'group_product_admin'), ('party', 'group_party_admin')]:
        found = get('ir.model.data').find([('module', '=', module), ('fs_id', '=', name)])
        if found:
            user.groups.append(get('res.group')(found[0].db_id))
    user.companies.append(get('company.company')(company_.id))
    user.company = get('company.company')(company_.id)
    user.save()
    return user


def catalogue(accounts, taxes, unit):
    goods = category('Taxed goods', accounts, taxes['US-SALES-8.25'])
    free = category('Tax free', accounts, taxes['US-SALES-0'])
    products = {}
    for n, price in enumerate(PRICES, 1):
        sku = 'SKU-%04d' % n
        products[sku] = product(sku, 'Demo product %02d' % n, 'goods', price, free if n % 5 == 0 else goods, unit)
    for sku, name, category_ in [('SHIPPING', 'Shipping', free), ('DISCOUNT', 'Order discount', goods),
                                 ('ROUNDING', 'Rounding difference', free),
                                 ('TAX', 'Tax charged by the shop', free)]:
        products[sku] = product(sku, name, 'service', '0', category_, unit)
    return products, {'taxed': goods.id, 'free': free.id}


def main(conf, database, out):
    connection = connect(conf, database)
    usd = currency('USD', '840', '$', '1')
    eur = currency('EUR', '978', '€', '0.9')
    countries = {code: make('country.country', code=code, name=name)
                 for code, name in [('US', 'United States'), ('DE', 'Germany'), ('CA', 'Canada')]}
    us = company(connection, 'Northwind Outfitters US', usd)
    accounts = chart_of_accounts(us)
    for n in (TODAY.year - 1, TODAY.year, TODAY.year + 1):
        fiscal_year(us, n)
    taxes = {name: tax(name, rate, accounts['tax'])
             for name, rate in [('US-SALES-8.25', '0.0825'), ('US-SALES-0', '0')]}
    term = get('account.invoice.payment_term')(name='Immediate')
    term.lines.new(type='remainder')
    term.save()
    house, storage = warehouse('DC1', 'Distribution Centre')
    unit, = get('product.uom').find([('name', '=', 'Unit')])
    products, categories = catalogue(accounts, taxes, unit)
    count_stock(storage, [p for sku, p in products.items() if sku.startswith('SKU-')], 800)
    customers = {code: customer(code, name, countries[country]) for code, name, country in [
        ('WEB-GUEST', 'Web guest', 'US'), ('CUST-1001', 'Ada Byron', 'US'), ('CUST-1002', 'Käthe Müller', 'DE'),
        ('CUST-1003', "Sean O'Neil", 'US')]}
    user = api_user(us)

    def ids(records):
        return {key: record.id for key, record in records.items()}

    with open(out, 'w') as file:
        json.dump({
            'companies': {'us': us.id}, 'currencies': {'USD': usd.id, 'EUR': eur.id}, 'countries': ids(countries),
            'accounts': ids(accounts), 'taxes': ids(taxes), 'warehouses': {'DC1': house.id},
            'products': ids(products), 'categories': categories, 'customers': ids(customers),
            'payment_terms': {'immediate': term.id}, 'uom_unit': unit.id, 'users': {'connector': user.id},
        }, file, indent=1, sort_keys=True)


main(*sys.argv[1:4])

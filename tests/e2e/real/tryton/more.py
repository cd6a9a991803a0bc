# What a whole ERP has beyond ops/erp/seed.py, which stands before this and has run: a second warehouse and bins, accounts
# and journals for settlements, a bank's statements, a terms of payment of 30 days, and a second company with a user of its own.


def as_company(connection, key, made):
    "Works as the administrator inside that company from here on."
    User = get('res.user')
    admin = User(1)
    admin.company = get('company.company')(made[key])
    admin.save()
    connection._context = User.get_preferences(True, {})


def accounts_more(company_id):
    "Codes for the accounts of the chart, and those that settlements of payments need."
    Account = get('account.account')
    of = {a.name: a for a in Account.find([('company', '=', company_id)])}
    for name, code in [('Main Cash', '1000'), ('Main Receivable', '1100'), ('Main Payable', '2000'), ('Main Tax', '2200'),
                       ('Main Revenue', '4000'), ('Main Expense', '5000')]:
        of[name].code = code
        of[name].save()
    kinds = get('account.account.type').find([('company', '=', company_id), ('parent', '!=', None)])
    kind = {t.name: t for t in kinds}
    kind['Current Liability'] = next(t for t in kinds if t.name == 'Current' and t.parent.name == 'Liability')
    made = {}
    for key, code, name, type_, reconcile in [
            ('clearing', '1150', 'Payment Processor Clearing', 'Cash', True),
            ('gift_card', '2150', 'Gift Card Liability', 'Current Liability', True),
            ('shipping', '4100', 'Shipping Revenue', 'Revenue', False),
            ('returns', '4200', 'Sales Returns', 'Revenue', False),
            ('fees', '5100', 'Processor Fees', 'Expense', False)]:
        account = Account(code=code, name=name, reconcile=reconcile)
        account.type = kind[type_]
        account.parent = of['Main Cash'].parent
        account.save()
        made[key] = account.id
    return made


def bins(storage, house):
    "Two places of a warehouse's storage zone."
    made = {}
    for letter in 'AB':
        bin_ = get('stock.location')(name='%s bin %s' % (house.name, letter), code='%s-%s' % (house.code, letter), type='storage')
        bin_.parent = storage
        bin_.save()
        made[bin_.code] = bin_.id
    return made


def statements(company_id, account_id):
    "A bank's statements: how payments are booked on invoices."
    cash, = get('account.journal').find([('type', '=', 'cash')])
    journal = get('account.journal')(name='Bank', code='BANK', type='statement')
    journal.sequence = cash.sequence
    journal.save()
    book = get('account.statement.journal')(name='Processor')
    book.journal = journal
    book.company = get('company.company')(company_id)
    book.currency = book.company.currency
    book.validation = 'amount'
    book.account = get('account.account')(account_id)
    book.save()
    return book.id


def user_more(login, company_id):
    user = get('res.user')(name='Connector EU', login=login, password=os.environ['ERP_PASSWORD'])
    for group in get('res.user').find([('login', '=', 'connector')])[0].groups:
        user.groups.append(get('res.group')(group.id))
    user.companies.append(get('company.company')(company_id))
    user.company = get('company.company')(company_id)
    user.save()
    return user


def more(out):
    connection = config.get_config()
    with open(out) as file:
        ids = json.load(file)
    products = [get('product.product')(id_) for sku, id_ in ids['products'].items() if sku.startswith('SKU-')]
    us = ids['companies']['us']
    ids['accounts'].update(accounts_more(us))
    DC1 = get('stock.location')(ids['warehouses']['DC1'])
    ST1, st1_storage = warehouse('ST1', 'Store One')
    ids['warehouses']['ST1'] = ST1.id
    ids['locations'] = {**bins(DC1.storage_location, DC1), **bins(st1_storage, ST1)}
    for code, quantity in [('ST1-A', 50), ('ST1-B', 25)]:
        count_stock(get('stock.location')(ids['locations'][code]), products, quantity)
    term = get('account.invoice.payment_term')(name='Net 30')
    term.lines.new(type='remainder').relativedeltas.new().days = 30
    term.save()
    ids['payment_terms']['net30'] = term.id
    ids['statement_journals'] = {'processor': statements(us, ids['accounts']['clearing'])}
    eu = company(connection, 'Northwind Outfitters EU', get('currency.currency')(ids['currencies']['EUR']))
    ids['companies']['eu'] = eu.id
    accounts = chart_of_accounts(eu)
    fiscal_year(eu, TODAY.year)
    ids['taxes']['EU-VAT-20'] = tax('EU-VAT-20', '0.20', accounts['tax']).id
    ids['users']['connector-eu'] = user_more('connector-eu', eu.id).id
    as_company(connection, 'us', ids['companies'])
    ids['journals'] = {j.code or j.name: j.id for j in get('account.journal').find([])}
    ids['currencies_of'] = {'us': 'USD', 'eu': 'EUR'}
    with open(out, 'w') as file:
        json.dump(ids, file, indent=1, sort_keys=True)


more(sys.argv[3])

"""What there is: kinds of ids, one object of each in every tenant, and who may ask. From the catalogue and tests/isolation/kinds."""
import hashlib
import os
import re
import secrets
import subprocess

import ids

HERE = os.path.dirname(os.path.abspath(__file__))


class Missing(Exception):
    """Something that the suite has to know and does not; says what to add."""


class Database:
    """One psql for the whole run: starting one costs more than most of what is asked."""
    END = '-- end of answer --'

    def __init__(self):
        self.psql = subprocess.Popen([os.environ['ISOLATION_PSQL'], '-XqAt', '-F', '|', '-d', os.environ['ISOLATION_DB']],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.ask('set search_path = tenon')

    def ask(self, text):
        self.psql.stdin.write('%s;\n\\echo %s\n' % (text, self.END))
        self.psql.stdin.flush()
        rows, fault = [], None
        for line in self.psql.stdout:
            if line.rstrip('\n') == self.END:
                if fault:
                    raise Missing('%s\n%s' % (fault, text[:500]))
                return rows
            if line.startswith(('ERROR:', 'FATAL:', 'psql:')):
                fault = line.strip()
            rows.append(line.rstrip('\n').split('|'))
        raise Missing('the database has gone')


DATABASE = []


def sql(text):
    if not DATABASE:
        DATABASE.append(Database())
    return DATABASE[0].ask(text)


def seed_text():
    """The seed of the unit test that walks the catalogue: a table is made known once."""
    path = os.path.join(HERE, '../unit/tenants/org/isolation_test.c')
    with open(path, encoding='utf-8') as f:
        block = re.search(r'static const char seed\[\] =\n(.*?);\n\n', f.read(), re.S).group(1)
    out = ''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', block))
    return out.replace('\\n', '\n').replace('\\"', '"').replace('\\\\', '\\').replace("pg_temp.seed", "tenon.isolation_seed")


class Kind:
    def __init__(self, prefix, table, column):
        self.prefix, self.table, self.column = prefix, table, column

    def wire(self, value):
        return ids.text(self.prefix, value)

    def nobody(self):
        return self.wire(ids.nobody())


class Number(Kind):
    def wire(self, value):
        return str(value)

    def nobody(self):
        return str(secrets.randbelow(10 ** 6) + 10 ** 6)


class Secret:
    def __init__(self, name, table, column, like):
        self.name, self.table, self.column, self.like = name, table, column, like

    def nobody(self):
        return self.like + secrets.token_hex(16)


class Tenant:
    """A customer of a partner; customer None: the partner as a whole."""

    def __init__(self, name, partner, customer, host):
        self.name, self.partner, self.customer, self.host = name, partner, customer, host


class World:
    def __init__(self):
        self.kinds, self.secrets, self.cache = {}, {}, {}
        self.anything, self.fixed = set(), {}
        with open(os.path.join(HERE, 'kinds'), encoding='utf-8') as f:
            for line in f:
                self._learn(line.split('#')[0].split())
        self.columns = {}
        for table, column in sql("select table_name, column_name from information_schema.columns where table_schema = 'tenon'"
                                 " and table_name in (select table_name from information_schema.columns"
                                 "  where table_schema = 'tenon' and column_name = 'partner_id')"):
            self.columns.setdefault(table, set()).add(column)

    def _learn(self, words):
        if words[:1] == ['id']:
            kind = Kind(*words[1:4])
            for name in words[3:]:
                self.kinds[name] = kind
            self.kinds[kind.prefix + '_'] = kind
        elif words[:1] == ['number']:
            self.kinds[words[1]] = Number('', *words[2:4])
        elif words[:1] == ['word']:
            self.fixed[words[1]] = words[2]
        elif words[:1] == ['any']:
            self.anything.add(words[1])
        elif words[:1] == ['secret']:
            self.secrets[words[1]] = Secret(words[1], words[2], words[3], (words + [''])[4])

    def every_kind(self):
        return list({id(k): k for k in self.kinds.values()}.values())

    def every_id(self):
        return [k for k in self.every_kind() if not isinstance(k, Number)]

    def kind(self, name, prefix=None):
        found = self.kinds.get(prefix + '_') if prefix else self.kinds.get(name) or self.secrets.get(name)
        if not found:
            raise Missing('tests/isolation/kinds has no line for "%s"%s' % (name, ' (%s_)' % prefix if prefix else ''))
        return found

    def sample(self, kind, tenant):
        """The wire form of one object of the tenant's; None when its table cannot have one."""
        key = (id(kind), tenant.name)
        if key not in self.cache:
            self.cache[key] = self._find(kind, tenant)
        return self.cache[key]

    def _where(self, kind, tenant):
        where = "partner_id = '%s'" % tenant.partner
        if 'customer_id' in self.columns[kind.table]:
            where += " and customer_id = '%s'" % tenant.customer if tenant.customer else ' and customer_id is null'
        elif 'user_id' in self.columns[kind.table] and tenant.customer:  # what is a person's, of those who work there
            where += (" and user_id in (select user_id from membership where partner_id = '%s' and customer_id = '%s')"
                      % (tenant.partner, tenant.customer))
        return where

    def _find(self, kind, tenant):
        where = self._where(kind, tenant)
        if isinstance(kind, Secret):
            word = kind.nobody()
            digest = hashlib.sha256(word.encode()).hexdigest()
            rows = sql("update %s set %s = decode('%s', 'hex') where ctid = (select min(ctid) from %s where %s) returning 1"
                       % (kind.table, kind.column, digest, kind.table, where))
            return word if rows else None
        # The last: the callers' own keys and sessions come first, and are not to be revoked by their tries.
        rows = sql('select %s from %s where %s order by 1 desc limit 1' % (kind.column, kind.table, where))
        return kind.wire(rows[0][0]) if rows else None

    def find_all(self, tenants):
        """Looks for everything once, before anything is compared: a secret's is made by writing it."""
        for kind in self.every_kind() + list(self.secrets.values()):
            if kind.table not in self.columns:
                raise Missing('tests/isolation/kinds names table %s, which is no tenant\'s' % kind.table)
            if not any([self.sample(kind, t) for t in tenants]):
                raise Missing('the seed makes no row for the line of %s in tests/isolation/kinds' % kind.table)

    def of_customers(self, kind):
        return bool(self.columns[kind.table] & {'customer_id', 'user_id'})

    def words(self, tenant):
        """Every id of the tenant's that is known, as it stands on the wire."""
        return [word for (_, name), word in self.cache.items() if name == tenant.name and word and '_' in word]

    def fingerprint(self, tenant):
        """Every row of the tenant's, in every table that has any."""
        parts = []
        for table, columns in sorted(self.columns.items()):
            if tenant.customer and 'customer_id' not in columns:
                continue
            where = "partner_id = '%s'" % tenant.partner
            if tenant.customer:
                where += " and customer_id = '%s'" % tenant.customer
            parts.append("select '%s', count(*), md5(string_agg(t::text, '' order by t::text)) from %s t where %s"
                         % (table, table, where))
        return {row[0]: tuple(row[1:]) for row in sql(' union all '.join(parts))}

// A Vendure shop without pages: shop and admin interface, orders, payments, stock and fulfilment as they come with it,
// PostgreSQL, and the plugin that tells others of its events. SHOP_SEED names the file of ids of a first start.
const crypto = require('crypto');
const core = require('@vendure/core');
const { EventsPlugin } = require('./events-plugin.js');

const env = process.env;

// "metadata.decline" declines, "metadata.authorize" authorizes only; "metadata.keep" refuses refunds later.
const testPayments = new core.PaymentMethodHandler({
  code: 'test-payments',
  description: [{ languageCode: core.LanguageCode.en, value: 'Test payments' }],
  args: {},
  createPayment(ctx, order, amount, args, metadata) {
    const transactionId = 'pay_' + crypto.createHash('sha256').update(order.code + amount).digest('hex').slice(0, 16);
    if (metadata.decline) return { amount, state: 'Declined', transactionId, errorMessage: 'card declined', metadata: {} };
    return { amount, state: metadata.authorize ? 'Authorized' : 'Settled', transactionId, metadata };
  },
  settlePayment: () => ({ success: true }),
  cancelPayment: () => ({ success: true }),
  createRefund: (ctx, input, amount, order, payment) =>
    payment.metadata.keep
      ? { state: 'Failed', metadata: { reason: 'refunds are off' } }
      : { state: 'Settled', transactionId: `re_${payment.transactionId.slice(4)}_${amount}` },
});

const config = {
  apiOptions: { hostname: '127.0.0.1', port: Number(env.SHOP_PORT), adminListQueryLimit: 1000, shopListQueryLimit: 200 },
  authOptions: {
    tokenMethod: ['bearer', 'cookie'], requireVerification: false,
    superadminCredentials: { identifier: 'superadmin', password: env.SHOP_ADMIN_PASSWORD },
    cookieOptions: { secret: 'not-a-secret-test-data-only' },
  },
  dbConnectionOptions: {
    type: 'postgres', host: env.SHOP_SOCKETS, username: env.SHOP_DB_USER, database: env.SHOP_DB,
    synchronize: Boolean(env.SHOP_SEED), logging: false, poolSize: 10,
  },
  paymentOptions: { paymentMethodHandlers: [testPayments] },
  importExportOptions: { importAssetsDir: __dirname },
  logger: new core.DefaultLogger({ level: core.LogLevel.Warn, timestamp: true }),
  plugins: [EventsPlugin],
  telemetry: { enabled: false },
};

async function main() {
  const app = await core.bootstrap(config);
  if (!env.SHOP_SEED) return;
  await require('./seed.js').seed(app, core, env);
  await app.close();
  process.exit(0);
}

main().catch(err => {
  console.error(err);
  process.exit(1);
});

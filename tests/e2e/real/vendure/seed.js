// The shop's goods, once: 20 in USD, without taxes in their prices, of three rates of tax; the same in EUR in a second
// channel whose prices hold their taxes; two locations, two ways of shipping, three coupons, and the connector's user.
const fs = require('fs');

const PRICES = [1999, 2450, 725, 12900, 333, 99, 4995, 1500, 8888, 1249, 505, 6410,
  3117, 25000, 275, 990, 1777, 4500, 10001, 666];
const RATES = ['Full', 'Full', 'Reduced', 'Full', 'Free']; // of every five

async function referenceData(app, core) {
  await app.get(core.Populator).populateInitialData({
    defaultLanguage: 'en',
    defaultZone: 'Everywhere',
    countries: [
      { name: 'United States', code: 'US', zone: 'Everywhere' },
      { name: 'Germany', code: 'DE', zone: 'Everywhere' },
    ],
    taxRates: [{ name: 'Full', percentage: 8.25 }, { name: 'Reduced', percentage: 4.375 }, { name: 'Free', percentage: 0 }],
    shippingMethods: [
      { name: 'Standard Shipping', price: 499, taxRate: 8.25 },
      { name: 'Express Shipping', price: 1299, taxRate: 0 },
    ],
    paymentMethods: [{ name: 'Test payments', handler: { code: 'test-payments', arguments: [] } }],
    collections: [],
  });
}

function client(url) {
  let token = '';
  return async (query, variables) => {
    const answer = await fetch(url, {
      method: 'POST', body: JSON.stringify({ query, variables }),
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    });
    token = answer.headers.get('vendure-auth-token') || token;
    const { errors, data } = await answer.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
}

async function locations(ask) {
  const { stockLocations } = await ask('{stockLocations{items{id}}}');
  const dc1 = stockLocations.items[0].id;
  await ask('mutation($i:UpdateStockLocationInput!){updateStockLocation(input:$i){id}}',
    { i: { id: dc1, name: 'DC1', description: 'Distribution centre' } });
  const { createStockLocation: st1 } = await ask(
    'mutation($i:CreateStockLocationInput!){createStockLocation(input:$i){id}}', { i: { name: 'ST1', description: 'Store one' } });
  return { DC1: dc1, ST1: st1.id };
}

async function goods(ask, places) {
  const { taxCategories } = await ask('{taxCategories{items{id name}}}');
  const category = Object.fromEntries(taxCategories.items.map(t => [t.name, t.id]));
  const variants = {}, products = [];
  for (const [i, price] of PRICES.entries()) {
    const nn = String(i + 1).padStart(2, '0');
    const { createProduct: p } = await ask('mutation($i:CreateProductInput!){createProduct(input:$i){id}}', { i: {
      enabled: true, translations: [{ languageCode: 'en', name: `Demo product ${nn}`, slug: `demo-${nn}`, description: '' }] } });
    const { createProductVariants: [v] } = await ask(
      'mutation($i:[CreateProductVariantInput!]!){createProductVariants(input:$i){id sku}}', { i: [{
        productId: p.id, sku: `SKU-00${nn}`, price, trackInventory: 'TRUE', taxCategoryId: category[RATES[i % 5]],
        stockLevels: [{ stockLocationId: places.DC1, stockOnHand: 800 }, { stockLocationId: places.ST1, stockOnHand: 75 }],
        translations: [{ languageCode: 'en', name: `Demo product ${nn}` }] }] });
    variants[v.sku] = v.id;
    products.push(p.id);
  }
  return { variants, products };
}

// Prices of this one hold their taxes.
async function secondChannel(ask, products, places) {
  const { zones, sellers, shippingMethods, paymentMethods } = await ask(
    '{zones{items{id}} sellers{items{id}} shippingMethods{items{id}} paymentMethods{items{id}}}');
  const zone = zones.items[0].id;
  const { createChannel: channel } = await ask('mutation($i:CreateChannelInput!){createChannel(input:$i){...on Channel{id}}}', { i: {
    code: 'europe', token: 'europe-channel', defaultLanguageCode: 'en', pricesIncludeTax: true, defaultCurrencyCode: 'EUR',
    availableCurrencyCodes: ['EUR'], defaultTaxZoneId: zone, defaultShippingZoneId: zone, sellerId: sellers.items[0].id } });
  const to = { channelId: channel.id };
  await ask('mutation($i:AssignProductsToChannelInput!){assignProductsToChannel(input:$i){id}}', { i: { ...to, productIds: products, priceFactor: 1 } });
  await ask('mutation($i:AssignShippingMethodsToChannelInput!){assignShippingMethodsToChannel(input:$i){id}}',
    { i: { ...to, shippingMethodIds: shippingMethods.items.map(m => m.id) } });
  await ask('mutation($i:AssignPaymentMethodsToChannelInput!){assignPaymentMethodsToChannel(input:$i){id}}',
    { i: { ...to, paymentMethodIds: paymentMethods.items.map(m => m.id) } });
  await ask('mutation($i:AssignStockLocationsToChannelInput!){assignStockLocationsToChannel(input:$i){id}}',
    { i: { ...to, stockLocationIds: Object.values(places) } });
  return channel.id;
}

async function coupons(ask, channelId) {
  const promotionIds = [];
  const actions = {
    TEN: { code: 'order_percentage_discount', arguments: [{ name: 'discount', value: '10' }] },
    FIVER: { code: 'order_fixed_discount', arguments: [{ name: 'discount', value: '500' }] },
    NOFREIGHT: { code: 'free_shipping', arguments: [] },
  };
  for (const [couponCode, action] of Object.entries(actions)) {
    const { createPromotion: p } = await ask('mutation($i:CreatePromotionInput!){createPromotion(input:$i){...on Promotion{id}}}', { i: {
      enabled: true, couponCode, conditions: [], actions: [action], translations: [{ languageCode: 'en', name: couponCode }] } });
    promotionIds.push(p.id);
  }
  await ask('mutation($i:AssignPromotionsToChannelInput!){assignPromotionsToChannel(input:$i){id}}', { i: { channelId, promotionIds } });
}

async function connectorUser(ask, password) {
  const { channels } = await ask('{channels{items{id}}}');
  const { createRole: role } = await ask('mutation($i:CreateRoleInput!){createRole(input:$i){id}}', { i: {
    code: 'connector', description: 'Connector', channelIds: channels.items.map(c => c.id), permissions: [
      'ReadCatalog', 'UpdateCatalog', 'ReadOrder', 'UpdateOrder', 'ReadCustomer', 'ReadStockLocation', 'ReadSettings'] } });
  await ask('mutation($i:CreateAdministratorInput!){createAdministrator(input:$i){id}}', { i: {
    firstName: 'Api', lastName: 'Connector', emailAddress: 'connector@example.com', password, roleIds: [role.id] } });
}

exports.seed = async (app, core, env) => {
  await referenceData(app, core);
  const ask = client(`http://127.0.0.1:${env.SHOP_PORT}/admin-api`);
  await ask('mutation($u:String!,$p:String!){login(username:$u,password:$p){__typename}}', { u: 'superadmin', p: env.SHOP_ADMIN_PASSWORD });
  const { activeChannel } = await ask('{activeChannel{id}}');
  await ask('mutation($i:UpdateChannelInput!){updateChannel(input:$i){__typename}}', { i: {
    id: activeChannel.id, availableCurrencyCodes: ['USD', 'EUR'], defaultCurrencyCode: 'USD', pricesIncludeTax: false,
    trackInventory: true, outOfStockThreshold: 0 } });
  const places = await locations(ask);
  const { variants, products } = await goods(ask, places);
  await coupons(ask, await secondChannel(ask, products, places));
  await connectorUser(ask, env.SHOP_PASSWORD);
  fs.writeFileSync(env.SHOP_SEED, JSON.stringify({ variants, locations: places }, null, 1));
};

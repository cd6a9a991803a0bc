// The shop's goods, once, through its admin interface: 20 in USD, without taxes in their prices, and in EUR, with them;
// three rates of tax, two locations, two ways of shipping, three coupons, and the connector's key.
// usage: node seed.js BASE_URL EMAIL PASSWORD OUTPUT_JSON
const [base, email, password, out] = process.argv.slice(2);
const PRICES = [19.99, 24.5, 7.25, 129, 3.33, 0.99, 49.95, 15, 88.88, 12.49, 5.05, 64.1,
  31.17, 250, 2.75, 9.9, 17.77, 45, 100.01, 6.66];
let token = '';

async function api(method, path, body) {
  const answer = await fetch(base + path, {
    method, body: body && JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

async function regions() {
  const us = await api('POST', '/admin/regions', {
    name: 'United States', currency_code: 'usd', countries: ['us'], payment_providers: ['pp_system_default'] });
  const eu = await api('POST', '/admin/regions', {
    name: 'Germany', currency_code: 'eur', countries: ['de'], payment_providers: ['pp_system_default'] });
  await includesTax('currency_code', 'eur');
  await includesTax('region_id', eu.region.id);
  return { usd: us.region.id, eur: eu.region.id };
}

async function includesTax(attribute, value) {
  const { price_preferences: [there] } = await api('GET', `/admin/price-preferences?attribute=${attribute}&value=${value}`);
  const body = { attribute, value, is_tax_inclusive: true };
  await api('POST', `/admin/price-preferences${there ? '/' + there.id : ''}`, body);
}

async function places(channel) {
  const locations = {};
  for (const name of ['DC1', 'ST1']) {
    const { stock_location: l } = await api('POST', '/admin/stock-locations', {
      name, address: { address_1: '1 Dock Road', country_code: 'us' } });
    await api('POST', `/admin/stock-locations/${l.id}/fulfillment-providers`, { add: ['manual_manual'] });
    await api('POST', `/admin/stock-locations/${l.id}/sales-channels`, { add: [channel] });
    await api('POST', `/admin/stock-locations/${l.id}/fulfillment-sets`, { name: `${name} shipping`, type: 'shipping' });
    const { stock_location: { fulfillment_sets: [set] } } = await api('GET', `/admin/stock-locations/${l.id}?fields=*fulfillment_sets`);
    await api('POST', `/admin/fulfillment-sets/${set.id}/service-zones`, {
      name: `${name} zone`, geo_zones: [{ type: 'country', country_code: 'us' }, { type: 'country', country_code: 'de' }] });
    locations[name] = l.id;
  }
  return locations;
}

async function ways(location, profile) {
  const { stock_location: { fulfillment_sets: [{ service_zones: [zone] }] } } =
    await api('GET', `/admin/stock-locations/${location}?fields=*fulfillment_sets.service_zones`);
  const made = {};
  for (const [name, amount, isReturn] of [['Standard', 4.99, 'false'], ['Express', 12.99, 'false'], ['Return', 3.5, 'true']]) {
    const { shipping_option: o } = await api('POST', '/admin/shipping-options', {
      name, service_zone_id: zone.id, shipping_profile_id: profile, provider_id: 'manual_manual', price_type: 'flat',
      prices: [{ currency_code: 'usd', amount }, { currency_code: 'eur', amount }],
      type: { label: name, description: name, code: name.toLowerCase() },
      rules: [{ attribute: 'enabled_in_store', value: 'true', operator: 'eq' }, { attribute: 'is_return', value: isReturn, operator: 'eq' }] });
    made[name] = o.id;
  }
  return made;
}

async function goods(channel, profile, locations) {
  const variants = {}, items = {}, products = [];
  for (const [i, amount] of PRICES.entries()) {
    const nn = String(i + 1).padStart(2, '0'), sku = `SKU-00${nn}`;
    const { product } = await api('POST', '/admin/products', {
      title: `Demo product ${nn}`, handle: `demo-${nn}`, status: 'published', shipping_profile_id: profile,
      sales_channels: [{ id: channel }], options: [{ title: 'Default', values: ['Default'] }],
      variants: [{ title: `Demo product ${nn}`, sku, manage_inventory: true, options: { Default: 'Default' },
        prices: [{ currency_code: 'usd', amount }, { currency_code: 'eur', amount }] }] });
    const { inventory_items: [item] } = await api('GET', `/admin/inventory-items?sku=${sku}`);
    for (const [name, stocked_quantity] of [['DC1', 800], ['ST1', 75]]) {
      await api('POST', `/admin/inventory-items/${item.id}/location-levels`, { location_id: locations[name], stocked_quantity });
    }
    variants[sku] = product.variants[0].id;
    items[sku] = item.id;
    products.push(product.id);
  }
  return { variants, items, products };
}

// Of every five goods the third is of the reduced rate and the fifth is free of tax, as is express freight.
async function taxes(products, options) {
  for (const [country_code, full, reduced] of [['us', 8.25, 4.375], ['de', 19, 7]]) {
    const { tax_region: region } = await api('POST', '/admin/tax-regions', {
      country_code, provider_id: 'tp_system', default_tax_rate: { rate: full, code: `${country_code}-full`, name: 'Full' } });
    const of = k => products.filter((_, i) => i % 5 === k).map(reference_id => ({ reference: 'product', reference_id }));
    await api('POST', '/admin/tax-rates', {
      tax_region_id: region.id, rate: reduced, code: `${country_code}-reduced`, name: 'Reduced', rules: of(2) });
    await api('POST', '/admin/tax-rates', { tax_region_id: region.id, rate: 0, code: `${country_code}-free`, name: 'Free',
      rules: [...of(4), { reference: 'shipping_option', reference_id: options.Express }] });
  }
}

async function coupons() {
  const methods = {
    TEN: { type: 'percentage', target_type: 'items', allocation: 'across', value: 10 },
    FIVER: { type: 'fixed', target_type: 'order', value: 5, currency_code: 'usd' },
    NOFREIGHT: { type: 'percentage', target_type: 'shipping_methods', allocation: 'across', value: 100 },
  };
  for (const [code, application_method] of Object.entries(methods)) {
    await api('POST', '/admin/promotions', { code, type: 'standard', status: 'active', application_method });
  }
}

async function main() {
  ({ token } = await api('POST', '/auth/user/emailpass', { email, password }));
  const { stores: [store] } = await api('GET', '/admin/stores');
  const { sales_channels: [channel] } = await api('GET', '/admin/sales-channels');
  const { shipping_profiles: [profile] } = await api('GET', '/admin/shipping-profiles');
  await api('POST', `/admin/stores/${store.id}`, {
    supported_currencies: [{ currency_code: 'usd', is_default: true }, { currency_code: 'eur' }], default_sales_channel_id: channel.id });
  const region = await regions();
  const locations = await places(channel.id);
  const options = await ways(locations.DC1, profile.id);
  const { variants, items, products } = await goods(channel.id, profile.id, locations);
  await taxes(products, options);
  await coupons();
  const { api_key: web } = await api('POST', '/admin/api-keys', { title: 'Web', type: 'publishable' });
  await api('POST', `/admin/api-keys/${web.id}/sales-channels`, { add: [channel.id] });
  const { api_key: connector } = await api('POST', '/admin/api-keys', { title: 'Connector', type: 'secret' });
  require('fs').writeFileSync(out, JSON.stringify({
    regions: region, sales_channel: channel.id, shipping_options: options, publishable_key: web.token,
    secret_key: connector.token, locations, variants, inventory_items: items }, null, 1));
}

main().catch(err => {
  console.error(err);
  process.exit(1);
});

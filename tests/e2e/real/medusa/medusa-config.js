// A Medusa shop without pages and without Redis: store and admin interface, PostgreSQL.
const { defineConfig } = require('@medusajs/framework/utils');

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    databaseDriverOptions: { ssl: false },
    http: {
      storeCors: '*', adminCors: '*', authCors: '*',
      jwtSecret: 'not-a-secret-test-data-only', cookieSecret: 'not-a-secret-test-data-only',
    },
  },
  admin: { disable: true },
});

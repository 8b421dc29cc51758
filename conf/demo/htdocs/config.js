// SPDX-License-Identifier: Apache-2.0
// The settings of these pages: the only script that a site changes.
export default {
  api: '/app_api',              // the Location with AuthSMSApi On
  login: ['password', 'sms'],   // AuthSMSLogin
  country: '44',                // AuthSMSCountry, for the hint below a number
  minPassword: 8,               // AuthSMSPasswordPolicy min=
  languages: ['en', 'de'],      // lang/en.json, lang/de.json; the first is that of the pages
};

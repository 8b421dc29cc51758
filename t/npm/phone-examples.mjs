// SPDX-License-Identifier: Apache-2.0
// An example of a mobile number for each region that has one, in lines of
// calling code,national form,E.164: node phone-examples.mjs
import { getExampleNumber, Metadata } from 'libphonenumber-js/max';
import { createRequire } from 'node:module';

const examples = createRequire(import.meta.url)('libphonenumber-js/examples.mobile.json');
const metadata = new Metadata();

// Tristan da Cunha has an example, but only fixed lines.
function hasMobiles(region) {
  metadata.selectNumberingPlan(region);
  return metadata.numberingPlan.type('MOBILE');
}

for (const region of Object.keys(examples).filter(hasMobiles)) {
  const number = getExampleNumber(region, examples);
  console.log([number.countryCallingCode, number.formatNational(), number.number].join(','));
}

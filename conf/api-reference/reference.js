// SPDX-License-Identifier: Apache-2.0
// Shows the OpenAPI document that <link rel="service-desc"> names. Text of the document becomes text
// nodes only, never HTML.

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

// An element with attributes and children; undefined children are left out.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.flat(Infinity).filter((child) => child !== undefined));
  return made;
}

// `code` within a line.
function inline(text) {
  return text.split('`').map((part, i) => (i % 2 ? element('code', {}, part) : part));
}

// Paragraphs with an empty line between them.
function paragraphs(text = '') {
  return text.split('\n\n').filter(Boolean).map((part) => element('p', {}, inline(part)));
}

class Reference {
  constructor(description) {
    this.description = description;
    this.messages = this.readMessages();
  }

  resolve(object) {
    if (!object || !object.$ref) return object;
    const { $ref, ...beside } = object;
    const target = $ref.slice(2).split('/')
      .reduce((found, part) => found[part.replaceAll('~1', '/').replaceAll('~0', '~')], this.description);
    return { ...this.resolve(target), ...beside };
  }

  // The texts of code words, from the list in the description of the schema ErrorCode.
  readMessages() {
    const list = this.description.components?.schemas?.ErrorCode?.description ?? '';
    return new Map([...list.matchAll(/^- `(\w+)`: (.*)$/gm)].map(([, word, text]) => [word, text]));
  }

  // The routes by their tag: [tag, [operation]].
  groups() {
    const operations = Object.entries(this.description.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => ({
        path, method, ...item[method],
        parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])],
      })));
    return this.description.tags.map((tag) =>
      [tag, operations.filter((operation) => operation.tags.includes(tag.name))]);
  }

  // ---- schemas ----

  // A type in words: "string or integer", "one of a, b".
  type(schema) {
    const found = this.resolve(schema);
    if (found.const !== undefined) return String(found.const);
    if (found.enum) return (found.enum.length > 1 ? 'one of ' : '') + found.enum.join(', ');
    if (found.anyOf) return found.anyOf.map((part) => this.type(part)).join(' or ');
    if (found.type === 'array') return `list of ${this.type(found.items)}`;
    return [found.type ?? 'any'].flat().join(' or ') + (found.format ? ` (${found.format})` : '');
  }

  member(name, schema, required) {
    const found = this.resolve(schema);
    const inner = found.type === 'array' ? found.items : found;
    return [
      element('dt', {}, element('code', {}, name), ' ',
        element('span', { class: 'of' }, this.type(schema) + (required ? ', required' : ''))),
      element('dd', {}, paragraphs(found.description), this.members(inner)),
    ];
  }

  // The members of an object as a list; undefined: it has none.
  members(schema) {
    const found = this.resolve(schema);
    if (found?.anyOf) return found.anyOf.map((part) => this.members(part));
    const entries = Object.entries(found?.properties ?? {});
    if (!entries.length) return undefined;
    const required = new Set(found.required);
    return element('dl', {}, entries.flatMap(([name, member]) => this.member(name, member, required.has(name))));
  }

  // ---- routes ----

  security(operation) {
    const schemes = (operation.security ?? []).map((scheme) => Object.keys(scheme)).flat();
    if (!schemes.length) return undefined;
    const optional = operation.security.some((scheme) => !Object.keys(scheme).length);
    return element('p', { class: 'note' }, `Token: ${optional ? 'accepted' : 'required'} (${schemes.join(', ')})`);
  }

  parameters(operation) {
    if (!operation.parameters.length) return undefined;
    return [element('h4', {}, 'Parameters'), element('dl', {}, operation.parameters.flatMap((reference) => {
      const parameter = this.resolve(reference);
      return [
        element('dt', {}, element('code', {}, parameter.name), ' ',
          element('span', { class: 'of' }, `in ${parameter.in}, ${this.type(parameter.schema)}`
            + (parameter.required ? ', required' : ''))),
        element('dd', {}, paragraphs(parameter.description)),
      ];
    }))];
  }

  body(operation) {
    const content = operation.requestBody?.content;
    if (!content) return undefined;
    const [{ schema }] = Object.values(content);
    return [
      element('h4', {}, operation.requestBody.required ? 'Body' : 'Body (may be empty)'),
      element('p', { class: 'note' }, Object.keys(content).join(' or ')),
      paragraphs(this.resolve(schema).description),
      this.members(schema),
    ];
  }

  // The code words of an error response.
  words(response) {
    const [media] = Object.values(response.content ?? {});
    return media?.schema.allOf?.flatMap((part) => part.properties?.code?.enum ?? []) ?? [];
  }

  success(status, response) {
    const [media] = Object.values(response.content ?? {});
    const head = [element('span', { class: 'status good' }, status), ' ', ...inline(response.description)];
    const members = media && this.members(media.schema);
    return members ? element('details', {}, element('summary', {}, head), members) : element('p', {}, head);
  }

  errors(responses) {
    const rows = responses.flatMap(([status, response]) => this.words(response).map((word) => [
      element('dt', {}, element('span', { class: 'status bad' }, status), ' ', element('code', {}, word)),
      element('dd', {}, this.messages.get(word) ?? ''),
    ]));
    return rows.length ? element('dl', {}, rows) : undefined;
  }

  // Responses that every route can have are shown once.
  isGeneral(status) {
    return status.endsWith('XX') || status === '503';
  }

  responses(operation) {
    const all = Object.entries(operation.responses).map(([status, response]) => [status, this.resolve(response)]);
    const good = all.filter(([status]) => /^[23]/.test(status) && !this.isGeneral(status));
    const bad = this.errors(all.filter(([status]) => /^[45]/.test(status) && !this.isGeneral(status)));
    return [
      element('h4', {}, 'Responses'),
      good.map(([status, response]) => this.success(status, response)),
      bad && element('details', {}, element('summary', {}, 'Errors'), bad),
    ];
  }

  title(operation) {
    return [element('span', { class: 'method' }, operation.method.toUpperCase()), ' ', operation.path];
  }

  article(operation) {
    return element('article', { id: operation.operationId },
      element('h3', {}, this.title(operation)),
      element('p', {}, inline(operation.summary)),
      paragraphs(operation.description),
      this.security(operation), this.parameters(operation), this.body(operation), this.responses(operation));
  }

  anyRoute() {
    const responses = this.description.components.responses;
    return element('article', { id: 'any-route' },
      element('p', {}, 'Any request can have these errors.'),
      this.errors(Object.entries(responses).filter(([name]) => /^(?:503|[45]XX)$/.test(name))));
  }

  show() {
    const { info, servers } = this.description;
    document.title = `${info.title} ${info.version}: API reference`;
    document.getElementById('about').append(`${info.title} ${info.version}, at ${servers[0].url}`);
    const groups = this.groups();
    document.getElementById('contents').append(...groups.flatMap(([tag, operations]) => [
      element('p', {}, tag.name),
      element('ul', {}, operations.map((operation) => element('li', {},
        element('a', { href: `#${operation.operationId}` }, this.title(operation))))),
    ]));
    document.getElementById('message').remove();
    document.getElementById('routes').append(
      ...paragraphs(info.description),
      ...groups.flatMap(([tag, operations]) => [
        element('h2', {}, tag.name), element('p', { class: 'note' }, inline(tag.description)),
        ...operations.map((operation) => this.article(operation)),
      ]),
      element('h2', {}, 'Any route'), this.anyRoute());
    // The address may name a route, which did not exist before.
    if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  }
}

const url = document.querySelector('link[rel="service-desc"]').href;
try {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  new Reference(await response.json()).show();
} catch (error) {
  document.getElementById('message').textContent = `${url} cannot be read: ${error.message}`;
}

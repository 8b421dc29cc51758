# SPDX-License-Identifier: Apache-2.0
# The page conf/api-reference in Chromium, under a strict Content-Security-Policy: it shows each
# route of the OpenAPI document.
use strict;
use warnings;
use lib 't/lib';
use File::Path qw(make_path);
use JSON::PP;
use OpenApi;
use Site;
use Test::More;

my $chromium = $ENV{CHROMIUM} // '/usr/bin/chromium';
plan skip_all => 'no chromium, node or playwright-core here (./dev deps)'
    unless -x $chromium && -d 't/npm/node_modules/playwright-core' && `node --version 2>/dev/null`;

my $policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    . "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
my $site =
    Site->new(server => "Header always set Content-Security-Policy \"$policy\"\n"
        . "AddType text/css .css\nAddType text/javascript .js")->start;
my $htdocs = $site->httpd->dir . '/htdocs';
system('cp', '-r', 'conf/api-reference', $htdocs) == 0 or die;
my $document = OpenApi->new->{document};
my @routes = map { uc($_->[1]) . " $_->[0]" } OpenApiDocument::operations($document);

# Screenshots are kept in AUTHSMS_SCREENSHOTS.
my $screenshots = $ENV{AUTHSMS_SCREENSHOTS} // '';
make_path($screenshots) if length $screenshots;
open my $node, '-|', 'node', 't/browser/api-reference.mjs',
    $site->httpd->url . '/api-reference/', $screenshots
    or die;
my $seen = decode_json(
    do { local $/; <$node> }
        || '{}'
);

is_deeply $seen->{errors}, [], 'no script error, no refused resource';
is_deeply [sort @{ $seen->{routes} }], [sort @routes], 'each route has its section';
is_deeply [sort @{ $seen->{links} }], [sort @routes], 'and its link';
like $seen->{text}, qr/username.*string, required/, 'fields with their types';
like $seen->{text}, qr/username_taken\s+Username already exists/, 'code words with their texts';
is $seen->{at}, 'changeNumber', 'an address with a route shows that route';
is_deeply $seen->{duplicates}, [], 'no id occurs twice';
is_deeply $seen->{wide}, {}, 'the page is not wider than its screen';
is_deeply $seen->{faint}, {}, 'each text has a contrast of at least 4.5';
like $seen->{absent}, qr/cannot be read: 404/, 'without the document the page says so';

my $bytes = 0;
$bytes += -s for glob 'conf/api-reference/*';
cmp_ok $bytes, '<', 16384, 'the page is small';
unlike do { local (@ARGV, $/) = glob 'conf/api-reference/*'; join '', <> },
    qr/innerHTML|insertAdjacentHTML|document\.write|eval\(/,
    'text of the document never becomes HTML';

$site->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
# The demo's page in Chromium: sign up, enter the code, log in, open the protected file.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Site;
use Test::More;

my $chromium = $ENV{CHROMIUM} // '/usr/bin/chromium';
plan skip_all => 'no chromium, node or playwright-core here (./dev deps)'
    unless -x $chromium && -d 't/npm/node_modules/playwright-core' && `node --version 2>/dev/null`;

my $site =
    Site->new(server =>
        "Header always set Content-Security-Policy \"default-src 'self'; frame-ancestors 'none'\"\n"
        . "AddType text/css .css\nAddType text/javascript .js\nAddType image/svg+xml .svg");
my $htdocs = $site->httpd->dir . '/htdocs';
system('cp', '-r', glob('conf/demo/htdocs/*'), $htdocs) == 0 or die;
$site->start;
open my $node, '-|', 'node', 't/browser/demo.mjs', $site->httpd->url . '/',
    $site->httpd->dir . '/logs/error_log'
    or die;
my $seen = decode_json(
    do { local $/; <$node> }
        || '{}'
);

is_deeply $seen->{errors}, [], 'the page has no script error';
is $seen->{focus}, 'r-username', 'the first field has the focus';
is $seen->{unlabelled}, 0, 'every field has a label';
like $seen->{refused}, qr/mobile number/, 'an invalid number: the page shows an error';
like $seen->{wrong}, qr/invalid/, 'a wrong code: the page shows an error';
like $seen->{verified}, qr/^You did it!/, 'the right code: the page shows success';
like $seen->{profile}, qr/Grace.*07700 900777/, 'after the login: the page shows the account';
like $seen->{inside}, qr/behind the guard/, 'after the login: the page shows the protected file';
is $seen->{without}, '401 Unauthorized', 'without the token: 401, also from the browser cache';
ok !$seen->{overflow}, 'the page is not wider than a small screen';

$site->stop;
done_testing;

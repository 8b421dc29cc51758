# SPDX-License-Identifier: Apache-2.0
# The API inside a site that is protected, proxied or rewritten as a whole: only its own Location
# counts.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Site;
use Test::More;

my $backend = Httpd->new;
$backend->write('htdocs/app_api/users', "of the back end\n");
$backend->start;

my $whole = "<Location \"/\">\nAuthType JWT\nAuthName whole\nRequire valid-user\n%s</Location>\n";
my %sites = (
    'under an inherited AuthType JWT and Require' => [sprintf($whole, ''), "AuthType None"],
    'under AuthSMSProtect' => [sprintf($whole, "AuthSMSProtect On\n"), 'AuthType None'],
    'under a denied file system' => ["<Directory />\nRequire all denied\n</Directory>\n", ''],
    'beside a proxied site' => ["ProxyPass / @{[$backend->url]}/\n", ''],
    'beside a front controller' => [
              "<Directory />\nRequire all granted\n</Directory>\nFallbackResource /index.html\n"
            . "AddHandler cgi-script .verify\n",
        ''
    ],
    'in a virtual host' =>
        ['', '', "<VirtualHost *:%d>\nServerName authsms.test\n%s</VirtualHost>\n"],
);
for my $name (sort keys %sites) {
    subtest $name => sub {
        my ($around, $inside, $host) = @{ $sites{$name} };
        my $site = Site->new(api => $inside, children => 1);
        my $httpd = $site->httpd;
        $httpd->{conf} = $around . $httpd->{conf};
        if ($host) {
            my ($first, $rest) = $httpd->{conf} =~ /\A(.*?)(<Location.*)\z/s;
            $httpd->{conf} = $first . sprintf $host, $httpd->port, $rest;
        }
        $site->start;
        my $person = $site->signup;
        my $c = $site->client;
        is $c->get('/app_api/users', Authorization => $person->{token})->{json}{msg}{id},
            $person->{id}, 'register, verify, log in, read the account: 200';
        is $c->get('/app_api/users')->{json}{code}, 'no_token', 'without a token: error of the API';
        is $c->get('/app_api/x.verify')->{json}{code}, 'not_found',
            'unknown path: error of the API';
        is $c->request('TRACE', '/app_api/', [])->{status}, 405, 'TRACE: 405';
        is $c->get('/index.html')->{status}, 401, 'a page beside the API: 401' if $around =~ /JWT/;
        $site->stop;
    };
}

# httpd matches //app_api to <Location "/v1/app_api">, too; the API does not serve it.
$backend->write('htdocs/app_api/x', "of the back end\n");
for my $outer ('AuthSMSProtect On', "AuthType JWT\nRequire valid-user", '') {
    my $site = Site->new(children => 1, api => 'AuthType None', server => 'MergeSlashes Off');
    my $httpd = $site->httpd;
    $httpd->{conf} = "ProxyPass /v1 @{[$backend->url]}\n<Location \"/\">\n$outer\n</Location>\n"
        . ($httpd->{conf} =~ s{/app_api}{/v1/app_api}gr);
    $site->start;
    my $c = $site->client;
    $c->{api} = '';
    my $name = ($outer || 'no guard') =~ s/\n/ /gr;
    is $c->get('/v1/app_api/x')->{json}{code}, 'not_found',
        "$name: unknown path of the API: not_found";
    my $protect = $outer =~ /Protect/;
    for my $path ('/v1//app_api/x', '/v1//app_api', '/v1/./app_api//../..//app_api/x') {
        my $r = $c->get($path);
        is $r->{status}, $protect ? 401 : 404, "$path: " . ($protect ? 401 : 404);
        unlike $r->{body}, qr/back end/, "$path: not proxied to the back end";
    }
    is $c->request('OPTIONS', '/v1//app_api/x', [])->{status}, $protect ? 401 : 404,
        'OPTIONS: ' . ($protect ? 401 : 404);
    is $c->get('/v1/app_api//x')->{json}{code}, 'not_found',
        'two slashes below the API: error of the API';
    $site->stop;
}

my $wrong = Site->new(children => 1);
$wrong->httpd->{conf} = sprintf($whole, '')
    . ($wrong->httpd->{conf} =~ s/AuthSMSApi On\n    Require all granted/AuthSMSApi On/r);
$wrong->start;
is $wrong->api('/user', Site::person())->{status}, 500,
    'inherited AuthType JWT without AuthType None: 500';
like $wrong->httpd->error_log,
    qr/AuthSMSApi On under an AuthType JWT: put AuthType None and Require all granted/,
    'the log names the remedy';
$wrong->httpd->expect_log(qr/AuthSMSApi On under/);
$wrong->stop;
$backend->stop;
done_testing;

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
            $person->{id}, 'the whole flow';
        is $c->get('/app_api/users')->{json}{code}, 'no_token', 'its own answers';
        is $c->get('/app_api/x.verify')->{json}{code}, 'not_found', 'to any path';
        is $c->request('TRACE', '/app_api/', [])->{status}, 405, 'and method';
        is $c->get('/index.html')->{status}, 401, 'the rest is protected' if $around =~ /JWT/;
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
    my $name = ($outer || 'no guard') =~ s/\n/ /gr;
    is $c->get('/v1/app_api/x')->{json}{code}, 'not_found', "$name: what the API serves";
    my $protect = $outer =~ /Protect/;
    for my $path ('/v1//app_api/x', '/v1//app_api', '/v1/./app_api//../..//app_api/x') {
        my $r = $c->get($path);
        is $r->{status}, $protect ? 401 : 404, "$path is not served";
        unlike $r->{body}, qr/back end/, 'by the back end neither';
    }
    is $c->request('OPTIONS', '/v1//app_api/x', [])->{status}, $protect ? 401 : 404,
        'for any method';
    is $c->get('/v1/app_api//x')->{json}{code}, 'not_found', 'below it all is the API';
    $site->stop;
}

my $wrong = Site->new(children => 1);
$wrong->httpd->{conf} = sprintf($whole, '')
    . ($wrong->httpd->{conf} =~ s/AuthSMSApi On\n    Require all granted/AuthSMSApi On/r);
$wrong->start;
is $wrong->api('/user', Site::person())->{status}, 500,
    'an inherited AuthType JWT without AuthType None';
like $wrong->httpd->error_log,
    qr/AuthSMSApi On under an AuthType JWT: put AuthType None and Require all granted/,
    'and the log says what to do';
$wrong->httpd->expect_log(qr/AuthSMSApi On under/);
$wrong->stop;
$backend->stop;
done_testing;

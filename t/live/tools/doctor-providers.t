# SPDX-License-Identifier: Apache-2.0
# authsmsctl doctor: providers, and the public URL. No text is sent.
use strict;
use warnings;
use lib 't/lib';
use Authsmsctl qw(run);
use Doctor;
use IO::Socket::INET;
use POSIX qw(strftime);
use Provider;
use Site;
use Test::More;

plan skip_all => "no $Authsmsctl::program" unless Authsmsctl::available();
plan skip_all => 'files of other users need root' if $>;

subtest 'providers' => sub {
    my $p = Provider->start;
    my $site = Site->new;
    my $with = sub { changed($site, 'AuthSMSSender log', join "\n", @_) };
    my %lines = (
        twilio => ['AuthSMSSender ' . $p->twilio, 'token', $p->token],
        vonage => ['AuthSMSSender ' . $p->vonage, 'secret', $p->{vonage_secret}],
        authy => ['AuthSMSVerifier ' . $p->authy, 'key', $p->key],
        'twilio-verify' => ['AuthSMSVerifier ' . $p->twilio_verify, 'token', $p->token],
    );
    push @secrets, $p->token, $p->{vonage_secret}, $p->key;

    my ($code, $out) = doctor($site);
    is $code, 0, 'log: exit status 0';
    has($out, 'warning', 'providers: AuthSMSSender log .*go to the error log', 'docs/sms.md');
    for my $name (sort keys %lines) {
        my ($line, $key, $value) = @{ $lines{$name} };
        my $conf = $with->($line =~ s/"\Q$key\E=[^"]*"/$key=file:provider/r);
        $p->set_mode('ok', date => strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime));
        $site->httpd->write('provider', "$value\n", 0600);
        ($code, $out) = doctor($site, $conf);
        is $code, 0, "$name: exit status 0" or diag $out;
        has($out, 'ok', "providers: AuthSMS\\w+ $name .*accepts the credentials");
        has($out, 'ok', 'providers: the clocks of this host and of the provider agree');
        $site->httpd->write('provider', "wrong-$name-secret\n", 0600);
        push @secrets, "wrong-$name-secret";
        has_problem(
            $site, $conf, "providers: AuthSMS\\w+ $name .*refuses the credentials: .*401",
            'httpd\.conf:\d+ with the provider'
        );
        $p->set_mode(429);
        ($code, $out) = doctor($site, $conf);
        is $code, 0, "$name: 429: exit status 0";
        has($out, 'warning', "providers: .*$name .*no more requests for now: .*429", 'later');
        $p->set_mode(503);
        has_problem($site, $conf, "providers: .*$name .*cannot be used now: .*503", 'status page');
        $p->set_mode('garbage');
        has_problem($site, $conf, "providers: .*$name .*cannot be used now", 'status page');
        $p->set_mode('ok');
        my $port = Httpd::free_port();
        has_problem(
            $site, $conf =~ s/127\.0\.0\.1:\d+(?=\n\S*AuthSMSPass)/127.0.0.1:$port/r,
            "providers: .*$name .*cannot be used now: .*[Cc]onnect", 'firewall'
        );
        has_problem(
            $site, $with->($line), "providers: .*$name .*the secret stands in .*httpd\\.conf",
            'chmod 640'
        );
    }
    my $twilio = $with->($lines{twilio}[0] =~ s/"token=[^"]*"/token=file:provider/r);
    $site->httpd->write('provider', $p->token, 0644);
    has_problem(
        $site, $twilio, 'providers: AuthSMSSender twilio .*/provider: every local user can',
        'chmod 600'
    );
    chmod 0600, $site->httpd->dir . '/provider';
    $p->set_mode('ok', account_status => 'suspended');
    has_problem($site, $twilio, 'providers: .*twilio .*the account is suspended', 'console');
    $p->set_mode('ok', date => strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime time + 3600));
    has_problem($site, $twilio, 'providers: the clock of this host is 3\d\d\d s behind', 'NTP');
    has_problem(
        $site, $twilio =~ s/from=\S+/from=:/r, 'providers: .*twilio .*from= must be',
        'configtest'
    );
    ($code, $out) = doctor($site, $twilio =~ s/file:provider/env:NOT_HERE/r);
    is $code, 0, 'a variable of httpd alone: exit status 0' or diag $out;
    has($out, 'not checked', 'providers: .*twilio .*NOT_HERE is not set here');
    $site->httpd->write('webhook', $p->secret, 0600);
    push @secrets, $p->secret;
    ($code, $out) =
        doctor($site, $with->('AuthSMSSender webhook secret=file:webhook url=' . $p->url));
    is $code, 0, 'webhook: exit status 0' or diag $out;
    has(
        $out, 'not checked', 'providers: AuthSMSSender webhook .*no request that sends no text',
        'register with a number of yours'
    );
    push @secrets, 'http-literal';
    # Words of the sender http that have a secret, and some that have none.
    my $url = 'url=http://127.0.0.1:9/send';
    my $body = q('body={"to":"{to}","text":"{text}"}');
    for (
        [qq($url $body "header=X-Api-Key: http-literal") => 1],
        ["$url?api_key=http-literal $body" => 1],
        [qq($url 'body={"token": "http-literal","to":"{to}","text":"{text}"}') => 1],
        [qq($url $body "header=Accept: application/json" auth=bearer:file:webhook) => 0],
        ["$url?key={to} $body" => 0],
        ["$url $body" => 0]
    ) {
        my ($words, $is_secret) = @$_;
        ($code, $out) = doctor($site, $with->("AuthSMSSender http $words"));
        is scalar(() = $out =~ /^problem +providers: AuthSMSSender http .*the secret stands in/mg),
            $is_secret, "http $words"
            or diag $out;
    }
    is_deeply [grep { $_->{method} ne 'GET' } $p->requests], [], 'all requests are GET';
    is_deeply [$p->texts], [], 'no text was sent';
    $p->stop;
};

subtest 'public URL' => sub {
    my $p = Provider->start;
    my $site = Site->new->start;
    my $url = $site->httpd->url . '/app_api';
    my $with = sub { changed($site, 'DBDriver', "AuthSMSPublicURL $_[0]\nDBDriver") };
    my ($code, $out) = doctor($site);
    has(
        $out, 'not checked', 'public URL: .*there is no AuthSMSPublicURL',
        'AuthSMSPublicURL https'
    );
    ($code, $out) = doctor($site, $with->($url));
    is $code, 0, 'exit status 0' or diag $out;
    has($out, 'ok', "public URL: AuthSMSPublicURL $url .*answers as this API");
    has($out, 'warning', 'public URL: .*is not https', 'AuthSMSPublicURL https://HOST/PATH');
    has_problem(
        $site, $with->("$url\nAuthSMSCookie __Host-authsms"),
        'public URL: .*is not https: browsers send the cookie', 'https://HOST/PATH'
    );
    has_problem(
        $site, $with->('http://authsms.invalid/app_api'), 'public URL: .*is not https',
        'https://HOST/PATH'
    );
    has_problem(
        $site, $with->($site->httpd->url . '/private'), 'public URL: .*is not this API: '
            . 'HTTP 401', 'AuthSMSApi On'
    );
    has_problem(
        $site, $with->($p->url . '/app_api'), 'public URL: .*is not this API: HTTP 404',
        'a proxy in front'
    );
    my $port = Httpd::free_port();
    has_problem(
        $site, $with->("http://127.0.0.1:$port/app_api"),
        'public URL: .*cannot be reached: .*[Cc]onnect', 'start httpd'
    );
    has_problem(
        $site, $with->('https://authsms.invalid/app_api'),
        'public URL: .*cannot be reached: .*resolve', 'DNS record'
    );
    ($code, $out) = doctor($site, $with->('https://${NOT_HERE}/app_api'));
    has($out, 'not checked', 'public URL: .*a variable of its value is not set here');

    ($code, $out) = doctor($site, $with->("ftp://authsms.invalid/\x9b"), '--json');
    like $out, qr{invalid/\\ufffd}, '--json: a byte that is not UTF-8 is replaced';
    ok !grep({ !eval { JSON::PP::decode_json($_) } } split /\n/, $out), '--json: each line is JSON';

    my $dir = $site->httpd->dir;
    system(   "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout $dir/tls.key "
            . "-out $dir/tls.pem 2>/dev/null") == 0
        or die 'openssl req';
    my $pid = fork // die;
    if (!$pid) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec 'openssl', 's_server', '-accept', "127.0.0.1:$port", '-www', '-key', "$dir/tls.key",
            '-cert', "$dir/tls.pem" or POSIX::_exit(99);
    }
    for (1 .. 200) {
        last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
        select undef, undef, undef, 0.05;
    }
    has_problem(
        $site, $with->("https://localhost:$port/app_api"),
        'public URL: .*cannot be reached: .*certificate', 'install a certificate'
    );
    kill 'TERM', $pid;
    waitpid $pid, 0;
    $p->stop;
    $site->stop;
};

done_testing;

# SPDX-License-Identifier: Apache-2.0
# SetHandler authsms-metrics: what is counted, over all children, restarts and faults; its format,
# as Prometheus reads it; who may read it; and the section in mod_status.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha1_base64);
use File::Temp qw(tempdir);
use lib 't/lib';
use Metrics;
use ParallelClients;
use Postgres;
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep);
use Token;

my $guarded = <<'END';
<Location /role>
    AuthType JWT
    Require authsms-role admin
</Location>
<Location /other-user>
    AuthType JWT
    Require user nobody
</Location>
<Location /any>
    AuthSMSProtect On
    Satisfy Any
    Require all granted
</Location>
<Location /no-require>
    AuthType JWT
</Location>
<Location /login>
    AuthSMSProtect On
    AuthSMSUnauthorized /sign-in.html
</Location>
<Location /cookie>
    AuthSMSProtect On
    AuthSMSTokenFrom cookie:session
</Location>
END

# What an action adds, as 'labels => count' of one family.
sub added {
    my ($site, $family, $action) = @_;
    my $changed = Metrics::changes($site, $family, $action);
    return { map { (join ' ', /"([^"]*)"/g) => $changed->{$_} } keys %$changed };
}

subtest 'registrations, logins, codes, texts, limits' => sub {
    my $site = Site->new(
        server => "AuthSMSLimit login/user 3/1h\nAuthSMSCookie __Host-authsms",
        locations => $Metrics::location
    )->start;
    my $person = Site::person();
    my $id;
    is_deeply Metrics::changes(
        $site,
        'registrations_total|codes_total|texts_total|requests_total|logins_total',
        sub { $id = $site->register($person)->{json}{id} }
        ),
        {
        'authsms_registrations_total{outcome="success"}' => 1,
        'authsms_codes_total{purpose="register",outcome="issued"}' => 1,
        'authsms_texts_total{sender="log",outcome="accepted"}' => 1,
        'authsms_requests_total{route="/user",status="201"}' => 1,
        },
        'a registration';
    is_deeply added(
        $site, 'registrations_total',
        sub {
            $site->register($person);
            $site->register({ %{ Site::person() }, smsmobile => '1' });
            $site->api('/user', 'no JSON');
        }
        ),
        { invalid => 2, limited => 1 }, 'refused registrations';
    is_deeply added(
        $site, 'codes_total',
        sub { $site->api("/user/$id/verify", { code => $_ }) for '000000', 'x' }
        ),
        { 'register wrong' => 2 }, 'wrong codes';
    is_deeply added($site, 'codes_total', sub { $site->verify($person, $id) }),
        { 'register correct' => 1 }, 'the right code';
    is_deeply added($site, 'registrations_total', sub { $site->register($person) }),
        { username_taken => 1 }, 'a username that is taken';
    is_deeply Metrics::changes(
        $site, 'logins_total|hash_seconds_count',
        sub { $site->login($person) }
        ),
        {
        'authsms_logins_total{outcome="success",factor="password"}' => 1,
        'authsms_hash_seconds_count' => 1
        },
        'a login';
    is_deeply Metrics::changes(
        $site,
        'logins_total|limit_hits_total',
        sub { $site->login({ %$person, password => 'wrong' }) for 1 .. 4 }
        ),
        {
        'authsms_logins_total{outcome="wrong",factor="password"}' => 3,
        'authsms_logins_total{outcome="limited",factor="password"}' => 1,
        'authsms_limit_hits_total{limit="login/user"}' => 1
        },
        'wrong passwords up to the limit';
    is_deeply added(
        $site,
        'requests_total',
        sub {
            $site->client->get('/app_api/');
            $site->client->get('/app_api/no/such/route');
            $site->client->request('OPTIONS', '/app_api/user', []);
            $site->client->request('DELETE', '/app_api/user', []);
        }
        ),
        { '/ 200' => 1, 'other 404' => 1, '/user 204' => 1, '/user 405' => 1 }, 'routes';
    my $all = Metrics::read($site);
    cmp_ok $all->{'authsms_db_seconds_count'}, '>', 5, 'units of database work are measured';
    is $all->{authsms_database_up}, 1, 'the database responds';
    is $all->{authsms_outbox_waiting}, 0, 'no text waits';
    is $all->{'authsms_breaker_open{sender="log"}'}, 0, 'no breaker is open';
    is $all->{'authsms_provider_seconds_count{sender="log"}'}, 2, 'calls are measured';
    is_deeply [grep { /sender="(?!log")/ } keys %$all], [], 'other senders are not shown';
    $site->sql("INSERT INTO authsms_outbox (id, user_id, site, kind, mobile, body, state, attempts,"
            . " created_at, due_at, expires_at, updated_at) SELECT '$_', id, 'x', 'code', mobile,"
            . " 'x', $_, 0, 1, 9000000000000000, 9000000000000000, 1 FROM authsms_users")
        for 1 .. 3;
    is Metrics::read($site)->{authsms_outbox_waiting}, 1, 'a queued text';
    $site->stop;
};

subtest 'second factor and password reset' => sub {
    my $site =
        Site->new(server => "AuthSMSSecondFactor required", locations => $Metrics::location)->start;
    my $person = Site::person();
    my $id = $site->register($person)->{json}{id};
    $site->verify($person, $id);
    my $challenge;
    is_deeply Metrics::changes(
        $site, 'logins_total|codes_total',
        sub { $challenge = $site->login($person)->{json}{challenge} }
        ),
        {
        'authsms_logins_total{outcome="challenge",factor="password"}' => 1,
        'authsms_codes_total{purpose="login",outcome="issued"}' => 1
        },
        'a password that is not enough';
    my $code = $site->code_of(Site::e164($person));
    is_deeply Metrics::changes(
        $site,
        'logins_total|codes_total',
        sub {
            $site->api('/authenticate/verify', { challenge => $challenge, code => $_ })
                for $code eq '000000' ? '000001' : '000000', $code;
            $site->api('/authenticate/verify', { challenge => 'x', code => $code });
        }
        ),
        {
        'authsms_logins_total{outcome="wrong",factor="sms"}' => 1,
        'authsms_logins_total{outcome="success",factor="sms"}' => 1,
        'authsms_logins_total{outcome="invalid",factor="sms"}' => 1,
        'authsms_codes_total{purpose="login",outcome="wrong"}' => 1,
        'authsms_codes_total{purpose="login",outcome="correct"}' => 1
        },
        'its code';
    is_deeply added(
        $site,
        'codes_total',
        sub {
            $site->api('/password/forgot', { username => $person->{username} });
            $site->api('/password/forgot', { username => 'nobody' });
            $site->httpd->wait_log(qr/code for a new password is (\d+)/);
        }
        ),
        { 'reset issued' => 1 }, 'a code for a new password';
    is_deeply added(
        $site,
        'codes_total',
        sub {
            $site->api(
                '/password/reset',
                { username => $_, code => '000000', password => 'another password 1' }
            ) for $person->{username}, 'nobody';
        }
        ),
        { 'reset wrong' => 2 }, 'a wrong one, and one for an unknown name';
    $site->stop;
};

subtest 'verdicts of the guard' => sub {
    my $site = Site->new(
        server => "AuthSMSUserCheck 1h\nErrorDocument 401 /why.html",
        locations => $Metrics::location . $guarded
    );
    my $httpd = $site->httpd;
    $httpd->write("htdocs/$_", "page\n")
        for map({ "$_/index.html" } qw(role other-user any no-require login cookie)), 'why.html';
    $site->start;
    my $person = $site->signup;
    my @token = (Authorization => $person->{token});
    my $old = 'JWT ' . Token::make($site->key, { id => $person->{id}, iat => 1, exp => 2 });
    my $client = $site->client;
    my @cases = (
        ['a valid token', { granted => 1 }, '/private/', @token],
        ['a missing file', { granted => 1 }, '/private/none', @token],
        ['no token', { no_token => 1 }, '/private/'],
        ['an invalid token', { invalid_token => 1 }, '/private/', Authorization => 'JWT x.y.z'],
        ['an expired token', { expired_token => 1 }, '/private/', Authorization => $old],
        ['a role that is missing', { denied => 1 }, '/role/', @token],
        ['a Require of another module', { denied => 1 }, '/other-user/', @token],
        ['Satisfy Any, no token', { no_token => 1 }, '/any/'],
        ['Satisfy Any, a token', { granted => 1 }, '/any/', @token],
        ['AuthType without Require', { misconfigured => 1 }, '/no-require/'],
        ['a redirect to the login page', { no_token => 1 }, '/login/', Accept => 'text/html'],
        ['an open page', {}, '/'],
        ['the API', {}, '/app_api/users', @token],
    );
    for (@cases) {
        my ($name, $expected, $path, @headers) = @$_;
        my $answer;
        is_deeply added(
            $site, 'guard_total',
            sub { $answer = $client->get($path, @headers) }
            ),
            $expected,
            "$name: $answer->{status}";
    }
    (my $bare = $person->{token}) =~ s/^JWT //;
    is_deeply added(
        $site,
        'guard_total',
        sub {
            $client->request(
                'POST', '/cookie/',
                [Cookie => "session=$bare", Origin => 'https://evil.example'], ''
            );
        }
        ),
        { cross_origin => 1 }, 'a request of another site';
    my $caches = added($site, 'cache_total', sub { $client->get('/private/', @token) for 1 .. 10 });
    is + ($caches->{'token hit'} // 0) + ($caches->{'token miss'} // 0), 10,
        'ten lookups of a token';
    is + ($caches->{'account hit'} // 0) + ($caches->{'account miss'} // 0), 10,
        'and of an account';
    cmp_ok $caches->{'token hit'} // 0, '>=', 6, 'children have verified it before';
    $httpd->expect_log(qr/AuthType JWT without a Require/, qr/refused: cross_origin/, qr/AH01631/);
    $site->stop;
};

subtest 'a sender that fails, and its breaker' => sub {
    my $provider = Provider->start;
    my $site = Site->new(
        sender => 'AuthSMSSender ' . $provider->twilio, children => 1,
        server => 'AuthSMSLimit * off', locations => $Metrics::location
    );
    my $closed = Httpd::free_port();
    $site->httpd->{conf} =~ s{\Q${\$provider->url}\E}{http://127.0.0.1:$closed}g;
    $site->start;
    my $failed = added($site, 'texts_total', sub { $site->register(Site::person()) for 1 .. 7 });
    is_deeply $failed, { 'twilio temporary' => 5, 'twilio breaker_open' => 2 }, 'each attempt';
    is Metrics::read($site)->{'authsms_breaker_open{sender="twilio"}'}, 1, 'the breaker is open';
    is added($site, 'registrations_total', sub { $site->register(Site::person()) })->{sms_failed},
        1, 'the registration failed';
    $site->httpd->expect_log(qr/sender 1 \(twilio\)/);
    $site->stop;
    $provider->stop;
};

subtest 'receipts' => sub {
    my $provider = Provider->start;
    my $site = Site->new(
        sender => 'AuthSMSSender ' . $provider->twilio,
        server => "AuthSMSPublicURL https://example.org/app_api", locations => $Metrics::location
    )->start;
    my $send = sub {
        my ($signed, $status) = @_;
        my %f = (MessageSid => 'SM' . '0123456789abcdef' x 2, MessageStatus => $status);
        my $text = join '', 'https://example.org/app_api/sms/status',
            map { $_ . $f{$_} } sort keys %f;
        $site->client->request(
            'POST', '/app_api/sms/status',
            [
                'Content-Type' => 'application/x-www-form-urlencoded',
                'X-Twilio-Signature' => $signed
                ? hmac_sha1_base64($text, $provider->token) . '='
                : 'x'
            ],
            join '&',
            map { "$_=$f{$_}" } sort keys %f
        );
    };
    is_deeply added(
        $site,
        'receipts_total',
        sub {
            $send->(1, 'sent');
            $send->(1, 'delivered') for 1 .. 2;
            $send->(1, 'undelivered');
            $send->(0, 'delivered');
        }
        ),
        { 'twilio sent' => 1, 'twilio delivered' => 2, 'twilio failed' => 1 },
        'signed receipts by state';
    $site->stop;
    $provider->stop;
};

for my $mpm (qw(event prefork)) {
    subtest "$mpm: children, kills and restarts" => sub {
        my $site =
            Site->new(mpm => $mpm, server => "AuthSMSLimit * off", locations => $Metrics::location)
            ->start;
        my $httpd = $site->httpd;
        my $wrong = 'authsms_logins_total{outcome="wrong",factor="password"}';
        my $fail = sub {
            my ($count) = @_;
            my $clients = ParallelClients->start(
                map {
                    sub {
                        for (1 .. $count) {
                            $_[0]->(
                                $site->api('/authenticate', { username => 'x', password => 'y' })
                                    ->{status});
                        }
                    }
                } 1 .. 4
            );
            return scalar grep { $_ == 401 } $clients->lines;
        };
        my $total = $fail->(25);
        is $total, 100, '100 wrong passwords';
        is Metrics::read($site)->{$wrong}, 100, 'all are counted' for 1 .. 5;
        my %killed = map { $_ => 1 } $httpd->children;
        kill 'KILL', keys %killed;
        my $end = time + 10;
        sleep 0.05 until (grep { !$killed{$_} } $httpd->children) || time > $end;
        is Metrics::read($site)->{$wrong}, 100, 'killed children lose none';
        $httpd->graceful;
        is Metrics::read($site)->{$wrong}, 100, 'nor does a graceful restart';
        $total += $fail->(5);
        is Metrics::read($site)->{$wrong}, $total, 'which counts on';
        my $starts = () = $httpd->error_log =~ /resuming normal operations/g;
        kill 'HUP', $httpd->pid;
        $httpd->wait_log(
            sub { (() = $_[0] =~ /resuming normal operations/g) > $starts },
            'a restart'
        );
        is Metrics::read($site)->{$wrong}, $total, 'nor does a restart';
        $httpd->expect_log(
            qr/exit signal Killed/,
            qr/cgid daemon process died|long lost child came home/
        );
        $site->stop;
    };
}

subtest 'who may read it' => sub {
    my %rules = (
        open => '', granted => 'Require all granted', denied => 'Require all denied',
        any => "<RequireAny>\nRequire ip 192.0.2.1\nRequire local\n</RequireAny>",
        remote => "<RequireAll>\nRequire all granted\nRequire not ip 127.0.0.1\n</RequireAll>",
        token => "AuthType JWT\nRequire valid-user",
    );
    my $site = Site->new(
        locations => $Metrics::location . join '',
        map { "<Location /$_>\nSetHandler authsms-metrics\n$rules{$_}\n</Location>\n" } keys %rules
    );
    $site->start;
    my $client = $site->client;
    my %status =
        map { $_ => $client->get("/$_")->{status} } keys %rules;
    is_deeply \%status,
        { open => 500, granted => 500, denied => 403, any => 200, remote => 403, token => 401 },
        'only a Require that depends on the client opens it';
    my $answer = $client->get('/metrics');
    is $answer->{headers}{'content-type'}[0], 'text/plain; version=0.0.4; charset=utf-8',
        'Content-Type';
    is $answer->{headers}{'cache-control'}[0], 'no-store', 'Cache-Control';
    my $head = $client->request('HEAD', '/metrics', []);
    is_deeply [$head->{status}, $head->{headers}{'content-type'}[0], $head->{body}],
        [200, 'text/plain; version=0.0.4; charset=utf-8', ''], 'HEAD';
    for (qw(POST PUT DELETE OPTIONS PATCH)) {
        my $refused = $client->request($_, '/metrics', [], 'x');
        is $refused->{status}, 405, "$_: 405";
        like $refused->{headers}{allow}[0], qr/\bGET\b/, 'with Allow';
    }
    $site->httpd->expect_log(qr/authsms-metrics without a Require/, qr/client denied by server/);
    $site->stop;
};

subtest 'mod_status' => sub {
    my $site = Site->new(
        server => "<Location /server-status>\nSetHandler server-status\nRequire local\n</Location>",
        locations => $Metrics::location
    )->start;
    $site->signup;
    $site->client->get('/private/');
    my $auto = $site->client->get('/server-status?auto')->{body};
    my %value = $auto =~ /^AuthSMS-(\w+): (\d+)$/mg;
    is_deeply [
        @value{ qw(Registrations RegistrationsFailed Logins LoginsWrong CodesIssued
            CodesCorrect TextsAccepted TextsFailed GuardGranted GuardRefused LimitHits
            BreakersOpen) }
        ],
        [1, 0, 1, 0, 1, 1, 2, 0, 0, 1, 0, 0], '?auto' or diag $auto;
    my $html = $site->client->get('/server-status')->{body};
    like $html, qr{<h1>mod_authsms</h1>\n<dl>\n<dt>Registrations: 1</dt>}, 'HTML';
    is scalar(() = $html =~ /<dt>/g), scalar(() = $html =~ m{</dt>}g), 'balanced';
    $site->stop;
    my $without = Site->new(without => ['status'], locations => $Metrics::location)->start;
    is $without->client->get('/metrics')->{status}, 200, 'mod_status is optional';
    $without->stop;
};

subtest 'an outage of the database' => sub {
    plan skip_all => 'no PostgreSQL' unless Postgres::available();
    my $pg = Postgres->new;
    my $site = Site->new(driver => 'pgsql', pg => $pg, locations => $Metrics::location)->start;
    $site->login(Site::person());
    is Metrics::read($site)->{authsms_database_up}, 1, 'up';
    $pg->shut_down;
    my $during = Metrics::read($site);
    is $during->{authsms_database_up}, 0, 'down, with status 200';
    ok !exists $during->{authsms_outbox_waiting}, 'no number of texts';
    $site->login(Site::person()) for 1 .. 3;
    $during = Metrics::read($site);
    cmp_ok $during->{'authsms_db_errors_total{kind="unreachable"}'} +
        $during->{'authsms_db_errors_total{kind="refused"}'} +
        $during->{'authsms_db_errors_total{kind="lost"}'}, '>', 0, 'failures are counted';
    cmp_ok $during->{'authsms_logins_total{outcome="unavailable",factor="password"}'}, '>', 0,
        'and failed logins';
    $pg->start;
    my $up;
    for (1 .. 100) { last if $up = Metrics::read($site)->{authsms_database_up}; sleep 0.1 }
    is $up, 1, 'up again';
    $site->httpd->expect_log(qr/the database/, qr/DBD|Can't connect|connection/i);
    $site->stop;
    $pg->stop;
};

subtest 'promtool and Prometheus' => sub {
    plan skip_all => 'no promtool and prometheus (Debian package prometheus)'
        unless grep({ -x "$_/promtool" } split /:/, $ENV{PATH})
        && grep { -x "$_/prometheus" } split /:/, $ENV{PATH};
    my $site = Site->new(locations => $Metrics::location)->start;
    $site->signup;
    my $dir = tempdir('prometheus-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $text = $site->client->get('/metrics')->{body};
    open my $check, '|-', "promtool check metrics >'$dir/promtool' 2>&1" or die "promtool: $!";
    print $check $text;
    close $check;
    is $?, 0, 'promtool check metrics';
    is do { local (@ARGV, $/) = "$dir/promtool"; <> }
        // '', '', 'without a remark';

    my $port = Httpd::free_port();
    open my $config, '>', "$dir/prometheus.yml" or die "prometheus.yml: $!";
    print $config "global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: authsms\n"
        . "    static_configs: [{targets: ['127.0.0.1:${\$site->httpd->port}']}]\n";
    close $config;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDOUT, '>', "$dir/log";
        open STDERR, '>&', \*STDOUT;
        exec 'prometheus', "--config.file=$dir/prometheus.yml", "--storage.tsdb.path=$dir/data",
            "--web.listen-address=127.0.0.1:$port"
            or exit 1;
    }
    my $query = sub {
        my ($text) = @_;
        my $client = Client->new($port);
        my $answer = eval { $client->get('/api/v1/query?query=' . Client::encode($text)) };
        return $answer && $answer->{json} ? $answer->{json}{data}{result} : [];
    };
    my $up;
    for (1 .. 100) {
        $up = $query->('up');
        last if @$up && $up->[0]{value}[1];
        sleep 0.2;
    }
    is $up->[0]{value}[1], 1, 'Prometheus reads the page';
    my $series = $query->('{__name__=~"authsms_.*"}');
    my %seen = map { $_->{metric}{__name__} => 1 } @$series;
    my $own = Metrics::parse($text);
    my %expected = map { /^(\w+)/ ? ($1 => 1) : () } keys %$own;
    is_deeply \%seen, \%expected, 'every metric';
    cmp_ok scalar @$series, '>=', scalar keys %$own, 'every series';
    is $query->('authsms_logins_total{outcome="success",factor="password"}')->[0]{value}[1], 1,
        'and its value';
    my $p99 = $query->('histogram_quantile(0.99, authsms_hash_seconds_bucket)')->[0]{value}[1];
    cmp_ok $p99, '>', 0, 'a histogram gives a quantile';
    kill 'TERM', $pid;
    waitpid $pid, 0;
    $site->stop;
};
done_testing;

# SPDX-License-Identifier: Apache-2.0
# A provider that hangs during 64 registrations: pages stay fast, failover keeps its time limit, the
# circuit breaker opens and closes again.
use strict;
use warnings;
use lib 't/lib';
use Client;
use ParallelClients;
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my ($provider, $second) = map { Provider->start } 1, 2;

sub begin {
    my ($client, $person, $host) = @_;
    my $form = join '&', map { "$_=" . Client::encode($person->{$_}) } sort keys %$person;
    my $s = $client->connect;
    syswrite $s,
        "POST /app_api/user HTTP/1.1\r\nHost: @{[$host // 'x']}\r\nConnection: close\r\n"
        . "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
        . length($form)
        . "\r\n\r\n$form";
    return $s;
}

subtest 'pages' => sub {
    my $site = Site->new(
        sender => 'AuthSMSSender ' . $provider->twilio, children => 6, threads => 25,
        mpm => 'event',
        server => "StartServers 6\nMaxSpareThreads 150\nAuthSMSTimeout 2s 6s\nAuthSMSLimit * off"
    )->start;
    my $c = $site->client;
    is $site->register(Site::person())->{status}, 201, 'registration: 201';
    # Pages on new connections; how much slower they are is for ./dev bench faults.
    my $pages = sub {
        my ($wrong, $took) =
            ParallelClients->repeat_requests(2, 500, page => sub { $c->get('/index.html') });
        is_deeply $wrong, [], "pages are answered, $_[0]";
        return ParallelClients::quantile(.99, @{ $took->{page} });
    };
    my $before = $pages->('before');
    $provider->set_mode('hang');
    my @hanging = map { begin($c, Site::person()) } 1 .. 64;
    ok $provider->wait_for(sub { $provider->requests > 30 }), 'requests hang';
    my $during = $pages->('meanwhile');
    my %met;
    $met{ $c->receive($_, 'POST /app_api/user')->{status} // 'none' }++ for @hanging;
    is join(' ', sort keys %met), $met{503} ? '502 503' : '502',
        '502 for waiting requests, 503 at once above the limit'
        or diag explain \%met;
    cmp_ok $met{502}, '>', 30, 'most requests wait';
    note join ', ', map { "$_: $met{$_}" } sort keys %met;
    cmp_ok $during, '<', 0.5,
        sprintf 'no page waits with them: p99 %.1f ms before, %.1f ms meanwhile', 1e3 * $before,
        1e3 * $during;
    $provider->set_mode('ok');
    $site->httpd->expect_log(qr/sender 1 \(twilio\)/);
    # On a busy machine, 64 registrations at once may also exceed DBDMax.
    $site->httpd->expect_log(qr/all database connections are busy/) if $met{503};
    $site->stop;
};

# Those of one API, say by http and https: they share the bound of the child.
subtest 'several virtual hosts' => sub {
    my $site = Site->new(
        sender => 'AuthSMSSender ' . $provider->twilio, children => 1, threads => 8,
        server => "AuthSMSTimeout 1s 5s\nAuthSMSLimit * off"
    );
    my @hosts = map { "host$_.test" } 1 .. 3;
    $site->httpd->{conf} .= join '',
        map { "<VirtualHost *>\nServerName $_\n</VirtualHost>\n" } @hosts;
    $site->start;
    my $c = $site->client;
    $provider->clear_records->set_mode('hang');
    my @hanging = map {
        my $host = $_;
        map { begin($c, Site::person(), $host) } 1 .. 4
    } @hosts;
    ok $provider->wait_for(sub { $provider->requests >= 4 }), 'requests hang';
    my $start = time;
    is $c->get('/index.html')->{status}, 200, 'a page: 200';
    cmp_ok time - $start, '<', 2, 'without delay';
    is scalar($provider->requests), 4, 'at most half of the threads wait for the provider';
    $c->read_all($_) for @hanging;
    $provider->set_mode('ok');
    $site->httpd->expect_log(qr/sender 1 \(twilio\)/);
    $site->stop;
};

subtest 'failover and breaker' => sub {
    my $site = Site->new(
        sender => join("\n", map { 'AuthSMSSender ' . $_->twilio } $provider, $second),
        children => 1, server => "AuthSMSTimeout 1s 3s\nAuthSMSLimit * off"
    )->start;
    my $register = sub {
        $_->clear_records for $provider, $second;
        my $start = time;
        my $r = $site->register(Site::person());
        return ($r->{status}, scalar $provider->requests, scalar $second->requests, time - $start);
    };
    is_deeply [($register->())[0 .. 2]], [201, 1, 0], 'the first provider sends the text';
    $provider->set_mode('close', accept => 1);
    my @met = $register->();
    is $met[0], 502, 'no response: perhaps sent, so no other provider sends it';
    is $met[2], 0, 'the second provider gets no request';
    is scalar($provider->texts), 1, 'the first provider has sent it';
    $provider->set_mode('503');
    @met = $register->();
    is_deeply [@met[0 .. 2]], [201, 1, 1], 'HTTP 503: the second provider sends the text';
    cmp_ok $met[3], '<', 3, 'within the time limit';
    my $calls = 1;
    for (1 .. 10) {
        (my ($status), $calls) = $register->();
        is $status, 201, 'further registrations: 201';
        last unless $calls;
    }
    is $calls, 0, 'after some faults the first provider is not tried';
    $provider->set_mode('ok');
    my ($n, $end) = (0, time + 40);
    while (!$n && time < $end) {
        sleep 0.5;
        (my ($status), $n) = $register->();
        $status == 201 or fail "a text was lost: $status";
    }
    is $n, 1, 'later it is probed once';
    is_deeply [($register->())[0 .. 2]], [201, 1, 0], 'and sends all texts again';
    $site->httpd->expect_log(qr/sender \d \(twilio\)/);
    $site->stop;
};
$_->stop for $provider, $second;
done_testing;

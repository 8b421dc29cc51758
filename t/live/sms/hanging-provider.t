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
    is $site->register(Site::person())->{status}, 201, 'registered';
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
    ok $provider->wait_for(sub { $provider->requests > 30 }), 'calls hang';
    my $during = $pages->('meanwhile');
    my %met;
    $met{ $c->parse($c->read_all($_))->{status} // 'none' }++ for @hanging;
    is join(' ', sort keys %met), $met{503} ? '502 503' : '502',
        'who waited has 502, who was beyond the bound 503 at once'
        or diag explain \%met;
    cmp_ok $met{502}, '>', 30, 'most waited';
    note join ', ', map { "$_: $met{$_}" } sort keys %met;
    cmp_ok $during, '<', 0.5,
        sprintf 'no page waits with them: p99 %.1f ms before, %.1f ms meanwhile', 1e3 * $before,
        1e3 * $during;
    $provider->set_mode('ok');
    $site->httpd->expect_log(qr/sender 1 \(twilio\)/);
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
    ok $provider->wait_for(sub { $provider->requests >= 4 }), 'calls hang';
    my $start = time;
    is $c->get('/index.html')->{status}, 200, 'a page is answered';
    cmp_ok time - $start, '<', 2, 'at once';
    is scalar($provider->requests), 4, 'half of the threads wait for the provider';
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
    is_deeply [($register->())[0 .. 2]], [201, 1, 0], 'the first carries it';
    $provider->set_mode('close', accept => 1);
    my @met = $register->();
    is $met[0], 502, 'no answer: it may have been sent, so nobody else sends it';
    is $met[2], 0, 'indeed';
    is scalar($provider->texts), 1, 'and it was';
    $provider->set_mode('503');
    @met = $register->();
    is_deeply [@met[0 .. 2]], [201, 1, 1], 'HTTP 503: the second carries it';
    cmp_ok $met[3], '<', 3, 'within the bound';
    my $calls = 1;
    for (1 .. 10) {
        (my ($status), $calls) = $register->();
        is $status, 201, 'so it goes on';
        last unless $calls;
    }
    is $calls, 0, 'after some faults the first is not asked any more';
    $provider->set_mode('ok');
    my ($n, $end) = (0, time + 40);
    while (!$n && time < $end) {
        sleep 0.5;
        (my ($status), $n) = $register->();
        $status == 201 or fail "a text was lost: $status";
    }
    is $n, 1, 'later it is tried again';
    is_deeply [($register->())[0 .. 2]], [201, 1, 0], 'and carries all';
    $site->httpd->expect_log(qr/sender \d \(twilio\)/);
    $site->stop;
};
$_->stop for $provider, $second;
done_testing;

# SPDX-License-Identifier: Apache-2.0
# A provider that hangs, and 64 people who register meanwhile: pages go on as if nothing were, failover keeps its bound, the breaker
# opens and closes again.
use strict;
use warnings;
use lib 't/lib';
use Client;
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my ($provider, $second) = map { Provider->start } 1, 2;

# The slowest but one in a hundred of so many pages, in seconds, on new connections.
sub p99 {
    my ($client, $seconds) = @_;
    my @took;
    my $end = time + $seconds;
    while (time < $end) {
        my $start = time;
        $client->get('/index.html')->{status} == 200 or die 'a page was not served';
        push @took, time - $start;
    }
    @took = sort { $a <=> $b } @took;
    return ($took[int @took * 0.99], scalar @took);
}

sub begin {
    my ($client, $person) = @_;
    my $form = join '&', map { "$_=" . Client::encode($person->{$_}) } sort keys %$person;
    my $s = $client->connect;
    syswrite $s, "POST /app_api/user HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " . length($form) . "\r\n\r\n$form";
    return $s;
}

subtest 'pages' => sub {
    my $site = Site->new(sender => 'AuthSMSSender ' . $provider->twilio, children => 6, threads => 25, mpm => 'event',
        server => "StartServers 6\nMaxSpareThreads 150\nAuthSMSTimeout 2s 6s\nAuthSMSLimit * off")->start;
    my $c = $site->client;
    is $site->register(Site::person())->{status}, 201, 'registered';
    my ($before, $n) = p99($c, 2);
    $provider->mode('hang');
    my @hanging = map { begin($c, Site::person()) } 1 .. 64;
    ok $provider->wait_for(sub { $provider->requests > 30 }), 'calls hang';
    my ($during, $m) = p99($c, 3);
    my %met;
    $met{ $c->parse($c->read_all($_))->{status} // 'none' }++ for @hanging;
    is join(' ', sort keys %met), $met{503} ? '502 503' : '502', 'who waited has 502, who was beyond the bound 503 at once' or diag explain \%met;
    cmp_ok $met{502}, '>', 30, 'most waited';
    note sprintf 'p99 %.2f ms of %d pages before, %.2f ms of %d meanwhile; %s', $before * 1000, $n, $during * 1000, $m, join ', ', map { "$_: $met{$_}" } sort keys %met;
    # Machines that run other tests too have outliers of their own.
    cmp_ok $during, '<', 5 * ($before < 0.002 ? 0.002 : $before), 'p99 of pages';
    $provider->mode('ok');
    $site->httpd->expect_log(qr/sender 1 \(twilio\)/);
    $site->stop;
};

subtest 'failover and breaker' => sub {
    my $site = Site->new(sender => join("\n", map { 'AuthSMSSender ' . $_->twilio } $provider, $second), children => 1, server => "AuthSMSTimeout 1s 3s\nAuthSMSLimit * off")->start;
    my $register = sub {
        $_->reset for $provider, $second;
        my $start = time;
        my $r = $site->register(Site::person());
        return ($r->{status}, scalar $provider->requests, scalar $second->requests, time - $start);
    };
    is_deeply [($register->())[0 .. 2]], [201, 1, 0], 'the first carries it';
    $provider->mode('close', accept => 1);
    my @met = $register->();
    is $met[0], 502, 'no answer: it may have been sent, so nobody else sends it';
    is $met[2], 0, 'indeed';
    is scalar($provider->texts), 1, 'and it was';
    $provider->mode('503');
    @met = $register->();
    is_deeply [@met[0 .. 2]], [201, 1, 1], 'HTTP 503: the second carries it';
    cmp_ok $met[3], '<', 3, 'within the bound';
    my $calls = 1;
    for (1 .. 10) { (my ($status), $calls) = $register->(); is $status, 201, 'so it goes on'; last unless $calls }
    is $calls, 0, 'after some faults the first is not asked any more';
    $provider->mode('ok');
    my ($n, $end) = (0, time + 40);
    while (!$n && time < $end) { sleep 0.5; (my ($status), $n) = $register->(); $status == 201 or fail "a text was lost: $status" }
    is $n, 1, 'later it is tried again';
    is_deeply [($register->())[0 .. 2]], [201, 1, 0], 'and carries all';
    $site->httpd->expect_log(qr/sender \d \(twilio\)/);
    $site->stop;
};
$_->stop for $provider, $second;
done_testing;

# SPDX-License-Identifier: Apache-2.0
# Queued texts while processes die: each accepted registration's text is sent once, plus once for
# each process that died while sending it.
use strict;
use warnings;
use lib 't/lib';
use POSIX ();
use Postgres;
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $pg = Postgres::available() ? Postgres->new : undef;
my $provider = Provider->start;
my $registrations = $ENV{AUTHSMS_LONG} ? 400 : 100;

# One client: registers its people one after the other, each until it hears 201; their numbers go to
# a file.
sub client {
    my ($site, $file, @people) = @_;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    open my $out, '>>', $file or POSIX::_exit(2);
    for my $person (@people) {
        my $answer;
        for (1 .. 300) {
            $answer = eval { $site->register($person) };
            last if $answer && ($answer->{status} // 0) == 201;
            sleep 0.1;
        }
        sleep rand 0.5;
        syswrite $out, Site::e164($person) . ' ' . ($answer->{status} // 0) . "\n";
    }
    POSIX::_exit(0);
}

sub everybody {
    my ($site) = @_;
    my $pid = $site->httpd->pid;
    return grep { kill 0, $_ } $pid, split ' ', `ps -o pid= --ppid $pid`;
}

sub kills {
    my ($driver) = @_;
    $provider->set_mode('slow', seconds => 0.1)->clear_records;
    my $site = Site->new(
        driver => $driver, pg => $driver eq 'pgsql' ? $pg : undef, children => 3, threads => 10,
        sender => 'AuthSMSSender ' . $provider->twilio,
        server =>
            "AuthSMSDelivery queued\nAuthSMSTimeout 1s 2s\nAuthSMSLimit * off\nAuthSMSCode resend=0"
    )->start;
    my $file = $site->httpd->dir . '/registered';
    my @people = map { Site::person() } 1 .. $registrations;
    my @clients = map {
        my $i = $_;
        client($site, $file, @people[grep { $_ % 4 == $i } 0 .. $#people])
    } 0 .. 3;
    my ($deaths, $round) = (0, 0);
    my $end = time + 60;
    while (grep({ waitpid($_, POSIX::WNOHANG()) == 0 } @clients) && time < $end) {
        sleep 0.2 + rand 0.3;
        if (++$round % 6 == 0) {    # all of it, parent first
            my @all = everybody($site);
            kill 'KILL', @all;
            $deaths += @all;
            sleep 0.3;
            unlink $site->httpd->dir . '/run/httpd.pid';
            $site->httpd->start;
        }
        else {
            my @children = $site->httpd->children;
            my $victim = $children[rand @children] or next;
            kill 'KILL', $victim;
            $deaths++;
        }
    }
    open my $in, '<', $file or die "no client wrote: $!";
    my %status = map { split } <$in>;
    is scalar(grep { $_ == 201 } values %status), $registrations,
        'each registration is accepted in the end';
    cmp_ok $deaths, '>', 5, "$deaths processes died";
    my $count = sub {
        my %n;
        $n{ $_->{to} }++ for grep { $_->{body} =~ /code/ } $provider->texts;
        return \%n;
    };
    $end = time + 40;
    sleep 0.3 until keys %{ $count->() } == $registrations || time > $end;
    is scalar(grep { !$count->()->{$_} } keys %status), 0, 'each account gets its text';
    is $site->sql('SELECT count(*) FROM authsms_users'), $registrations,
        'one account for each person';
    $end = time + 20;
    sleep 0.3
        until $site->sql("SELECT count(*) FROM authsms_outbox WHERE state <= 2") == 0
        || time > $end;
    is $site->sql("SELECT count(*) FROM authsms_outbox WHERE state <= 2"), 0,
        'no text is left in the queue';
    # A registration made again has a text of its own: hence by row, each of which says how often it
    # was claimed.
    my $sent = 0;
    $sent += $_ for values %{ $count->() };
    my $claims = $site->sql("SELECT sum(attempts) FROM authsms_outbox WHERE kind = 'code'");
    cmp_ok $sent, '<=', $claims, "$sent texts, no more than the $claims claims";
    cmp_ok $site->sql('SELECT max(attempts) FROM authsms_outbox'), '<=', 1 + $deaths,
        'each claim beyond the first follows a death';
    note "$registrations registrations, $deaths deaths, $sent texts, $claims claims";
    is $site->sql('PRAGMA integrity_check'), 'ok', 'the database passes integrity_check'
        if $driver eq 'sqlite';
    $site->httpd->expect_log(
        qr/exit signal Killed|unclean shutdown|not found in configuration|long lost child/i,
        qr/Cleaned up|scoreboard|child process|mutex|AH00\d+|AH10392|cgi/i
    );
    $site->stop;
}

for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { kills($driver) }
}
$provider->stop;
$pg->stop if $pg;
done_testing;

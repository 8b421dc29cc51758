# SPDX-License-Identifier: Apache-2.0
# Refreshes while processes are killed: each is done or not done. A client that received no response
# can always continue with the token that it sent.
use strict;
use warnings;
use lib 't/lib';
use Digest::SHA qw(sha256);
use MIME::Base64 qw(decode_base64url encode_base64url);
use POSIX ();
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $pg = Postgres::available() ? Postgres->new : undef;
my ($clients, $refreshes, $kills, $losses) = (4, 50, 15, 3);

# The form in which the database has a refresh token.
sub stored {
    my ($token) = @_;
    return encode_base64url(sha256(substr decode_base64url($token), 0, 48));
}

# One client: a session, whose token it refreshes until there is the stop file.
sub client {
    my ($site, $person, $file, $stop) = @_;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    srand $$;
    open my $out, '>', $file or POSIX::_exit(2);
    my $say = sub { syswrite $out, "$_[0]\n" };
    my ($done, $sent_at, $token) = (0);
    while ($done < $refreshes || !-e $stop) {
        if (!$token) {
            $token = eval { $site->login($person)->{json}{refresh_token} };
            sleep 0.1 unless $token;
            $sent_at = undef;
            next;
        }
        # Of the first time that this token was sent.
        $sent_at //= time;
        my $r = eval { $site->api('/token', { refresh_token => $token }) } // {};
        my $status = $r->{status} // 0;
        if ($status == 200) {
            ($done, $token, $sent_at) = ($done + 1, $r->{json}{refresh_token});
        }
        elsif ($status == 0 || $status == 503) {
            $say->('lost');
            sleep 0.1;
        }
        else {
            # The server was away for longer than a repetition is allowed.
            my $late = time - $sent_at > 9 ? 'late' : 'wrong';
            $say->("$late $status");
            $token = undef;
        }
    }
    $say->("done $done token $token");
    POSIX::_exit(0);
}

sub kills {
    my ($driver) = @_;
    my $site = Site->new(
        driver => $driver, pg => $driver eq 'pgsql' ? $pg : undef, children => 3, threads => 10,
        server => 'AuthSMSLimit * off'
    )->start;
    my @people = map { $site->signup } 1 .. $clients;
    my @files = map { $site->httpd->dir . "/client.$_" } 0 .. $#people;
    my $stop = $site->httpd->dir . '/stop';
    my @pids = map { client($site, $people[$_], $files[$_], $stop) } 0 .. $#people;
    my ($deaths, $end) = (0, time + 240);
    my $lines = sub {
        return map { open my $in, '<', $_ or die "$_: $!"; <$in> } @files;
    };
    while (grep({ waitpid($_, POSIX::WNOHANG()) == 0 } @pids) && time < $end) {
        sleep 0.1 + rand 0.3;
        my @children = $site->httpd->children;
        my $victim = $children[rand @children] or next;
        $deaths += kill 'KILL', $victim;
        $site->httpd->write('stop', '')
            if $deaths >= $kills && grep({ /^lost/ } $lines->()) >= $losses || time > $end - 20;
    }
    my @lines = $lines->();
    is_deeply [grep { /^wrong/ } @lines], [], 'no refresh was refused' or diag @lines;
    my @tokens = map { /^done \d+ token (\S+)/ ? $1 : () } @lines;
    is scalar @tokens, $clients, 'each client has made its refreshes';
    cmp_ok $deaths, '>=', $kills, "$deaths processes died";
    my $lost = grep { /^lost/ } @lines;
    cmp_ok $lost, '>=', $losses, "$lost requests had no response";
    for (@tokens) {
        my $hash = stored($_);
        is $site->sql("SELECT count(*) FROM authsms_sessions WHERE refresh = '$hash'"), 1,
            'the last token is the current one of a session';
        is $site->api('/token', { refresh_token => $_ })->{status}, 200, 'it is accepted';
    }
    is $site->sql('PRAGMA integrity_check'), 'ok', 'the database passes integrity_check'
        if $driver eq 'sqlite';
    note scalar(grep { /^late/ } @lines), ' logins after a long outage';
    $site->httpd->expect_log(
        qr/exit signal Killed|long lost child|spent refresh token|the writers' lock cannot/i,
        qr/Cleaned up|scoreboard|child process|mutex|AH0\d+/i
    );
    $site->stop;
}

for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { kills($driver) }
}
$pg->stop if $pg;
done_testing;

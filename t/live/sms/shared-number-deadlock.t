# SPDX-License-Identifier: Apache-2.0
# Remote verifiers on PostgreSQL: accounts that share a number and request codes concurrently never
# deadlock.
use strict;
use warnings;
use lib 't/lib';
use ParallelClients;
use Postgres;
use Provider;
use Site;
use Test::More;

plan skip_all => 'no PostgreSQL here' unless Postgres::available();
my $pg = Postgres->new;
my $provider = Provider->start;
my ($clients, $numbers, $accounts) = (8, 4, 4);
my $resends = $ENV{AUTHSMS_LONG} ? 2504 : 160;

sub deadlocks {
    open my $in, '<', "$pg->{dir}/log" or die "log: $!";
    return scalar grep { /deadlock detected/ } <$in>;
}

for my $verifier ('twilio_verify', 'authy') {
    for my $limit ('', "\nAuthSMSLimit sms/number 1000000/1h") {
        my $title = $verifier . ($limit ? ', with sms/number' : ', without limits');
        my $site = Site->new(
            driver => 'pgsql', pg => $pg, children => 2, threads => 16, sender => '',
            server => 'AuthSMSVerifier '
                . $provider->$verifier
                . "\nAuthSMSLimit * off$limit\nAuthSMSCode resend=0\n"
                . "AuthSMSTimeout 2s 5s parallel=16"
        )->start;
        $provider->clear_records;
        my @ids;
        for (1 .. $numbers) {
            my $number = Site::person()->{smsmobile};
            push @ids, map {
                $site->register({ %{ Site::person() }, smsmobile => $number })->{json}{id}
                    // die 'not registered'
            } 1 .. $accounts;
        }
        my $before = deadlocks();
        # Each account is asked for by one client only: of two codes made at once for one account
        # the older has no reference to keep.
        my @lines = ParallelClients->start(
            map {
                my $i = $_;
                my @mine = @ids[grep { $_ % $clients == $i } 0 .. $#ids];
                sub {
                    my ($say) = @_;
                    for (1 .. $resends / $clients) {
                        my $r = $site->api("/user/$mine[rand @mine]/resend", {});
                        $say->(join ' ', $r->{status} // 'none', $r->{json}{code} // ());
                    }
                }
            } 0 .. $clients - 1
        )->lines;
        my %answers;
        $answers{$_}++ for @lines;
        is_deeply \%answers, { 202 => $resends }, "$title: $resends codes are sent"
            or diag explain [\%answers, (split /\n/, $site->httpd->error_log)[-20 .. -1]];
        is deadlocks() - $before, 0, 'no deadlock';
        is $site->sql("SELECT count(*) FROM (SELECT 1 FROM authsms_codes WHERE expires_at > "
                . "extract(epoch FROM now()) * 1000000 GROUP BY mobile HAVING count(*) > 1) x"),
            0, 'at most one verification is open for a number';
        $site->stop;
    }
}
$provider->stop;
$pg->stop;
done_testing;

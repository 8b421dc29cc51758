# SPDX-License-Identifier: Apache-2.0
# Other mod_dbd settings: one connection per unit of work, a pool of one, prefork.
use strict;
use warnings;
use lib 't/lib';
use ParallelClients;
use Postgres;
use Site;
use Test::More;

my $pg = Postgres::available() ? Postgres->new : undef;

# The flow, by several at once: answers are right or say when to come again, and no child dies.
sub flow {
    my ($name, %o) = @_;
    my $settings = delete $o{settings};
    my $site = Site->new(
        %o, pg => $pg, children => 2,
        server => "AuthSMSLimit * off\nAuthSMSUserCheck always"
    );
    $site->httpd->{conf} =~ s/^DBDMin.*?^DBDExptime \d+\n/$settings/ms or die;
    $site->start;
    my $person = $site->signup;
    my @answers = ParallelClients->start(
        map {
            sub {
                my ($say) = @_;
                for (1 .. 10) {
                    $say->(
                        join ' ',
                        map { $_->{status} // 0, $_->{headers}{'retry-after'}[0] // '' } $_
                        )
                        for $site->login($person),
                        $site->client->get('/private/', Authorization => $person->{token});
                }
            }
        } 1 .. 4
    )->lines;
    is_deeply [grep { !/^(?:200 |503 \d+)$/ } @answers], [], "$name: no wrong answer";
    cmp_ok scalar(grep { /^200/ } @answers), '>', @answers / 2, 'most requests succeed';
    is $site->client->get('/private/', Authorization => $person->{token})->{status}, 200,
        'the last request succeeds';
    $site->httpd->expect_log(qr/connections are busy/);
    $site->stop;
}

for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    flow("$driver, DBDPersist Off", driver => $driver, settings => "DBDPersist Off\n");
    flow(
        "$driver, prefork", driver => $driver, mpm => 'prefork',
        settings => "DBDMin 1\nDBDKeep 1\nDBDMax 1\nDBDExptime 0\n"
    );
    flow(
        "$driver, one connection", driver => $driver,
        settings => "DBDMin 1\nDBDKeep 1\nDBDMax 1\nDBDExptime 1\n"
    );
    flow("$driver, mod_dbd's own", driver => $driver, settings => '');
}
$pg->stop if $pg;
done_testing;

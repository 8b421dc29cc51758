# SPDX-License-Identifier: Apache-2.0
# What an upgrade of a million accounts costs the servers that go on meanwhile: latency of logins
# and guarded pages before and during `authsmsctl schema upgrade` to the next release of
# t/unit/schema_next.c, on PostgreSQL.
use strict;
use warnings;
use lib 't/lib';
use Authsmsctl ();
use Httpd;
use ParallelClients;
use Postgres;
use Site;
use Time::HiRes qw(sleep time);

my $accounts = $ENV{ACCOUNTS} // 1_000_000;
my $next = "$Httpd::root/t/next/authsmsctl";
die "no PostgreSQL here\n" unless Postgres::available();
die "make check TESTS= builds $next\n" unless -x $next;

my $pg = Postgres->new;
my $params = $pg->create_database;
my $site = Site->new(
    driver => 'pgsql', pg => $pg, params => $params, sender => '', children => 1,
    server => "AuthSMSLimit * off\nAuthSMSValidation Off\nAuthSMSUserCheck always"
)->start;
my $person = $site->signup;
$site->sql(
          "INSERT INTO authsms_users (id, username, username_key, password, mobile_given, mobile, "
        . "country, verified, locked,"
        . " created_at, updated_at, last_login, valid_from, proved_at, pending_until) SELECT "
        . "'id' || n, 'u' || n, 'u' || n, 'x', '', '',"
        . " '+44', 1, 0, 1, 1, 0, 0, 0, 0 FROM generate_series(1, $accounts) n");
$site->sql('VACUUM ANALYZE authsms_users');

my %ask = (
    login => sub { $site->login($person) },
    page => sub { $site->client->get('/private/', Authorization => $person->{token}) },
);

# Four clients until the file is there; (statuses that are not 200, {name => [seconds]}).
sub measure {
    my ($work) = @_;
    my $stop = $site->httpd->dir . '/stop';
    unlink $stop;
    my $crowd = ParallelClients->start(
        map {
            sub {
                my ($say) = @_;
                my $file = $site->httpd->dir . "/took.$$";
                open my $out, '>', $file or die;
                until (-e $stop) {
                    for my $name (sort keys %ask) {
                        my $begin = time;
                        my $r = $ask{$name}->();
                        print $out "$r->{status} $name ", time - $begin, "\n";
                    }
                }
                close $out;
                $say->($file);
            }
        } 1 .. 4
    );
    $work->();
    $site->httpd->write('stop', '');
    my (%took, @bad);
    for my $file ($crowd->lines) {
        open my $in, '<', $file or die;
        while (<$in>) {
            my ($status, $name, $seconds) = split;
            $status == 200 ? push @{ $took{$name} }, $seconds : push @bad, $_;
        }
    }
    return (\@bad, \%took);
}

my ($bad, $before) = measure(sub { sleep 5 });
my ($begin, $code, $out) = time;
my ($failed, $during) = measure(sub {
    local $Authsmsctl::program = $next;
    ($code, $out) =
        Authsmsctl::run($site, '--driver', 'pgsql', '--params', $params, qw(schema upgrade));
    $begin = time - $begin;
});
printf "%d accounts, upgraded in %.1f s (exit %d): %s", $accounts, $begin, $code,
    $out =~ s/\n(?=.)/; /gr;
for my $name (sort keys %ask) {
    printf "%-6s p99 before %.1f ms, during %.1f ms, longest %.1f ms (%d and %d requests)\n", $name,
        (
        map { 1000 * $_ } ParallelClients::quantile(0.99, @{ $before->{$name} }),
        ParallelClients::quantile(0.99, @{ $during->{$name} }),
        ParallelClients::quantile(1, @{ $during->{$name} })
        ),
        scalar @{ $before->{$name} }, scalar @{ $during->{$name} };
}
printf "not 200: %d before, %d during\n", scalar @$bad, scalar @$failed;
$site->stop;
$pg->stop;
Test::More::done_testing();

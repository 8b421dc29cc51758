# SPDX-License-Identifier: Apache-2.0
# Statements, hence round trips, that each call of the API and a request of the guard send to
# PostgreSQL, by its own log (log_statement = all). The default limits are on. Run by ./dev bench
# round-trips; with --statements it prints them too.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Site;
use Test::More;

my $verbose = grep { $_ eq '--statements' } @ARGV;
my $pg = Postgres->new;
my $params = $pg->create_database;
$pg->psql('postgres', "ALTER SYSTEM SET $_")
    for "log_statement = 'all'", "log_line_prefix = '%a '", 'log_error_verbosity = terse';
$pg->pg_ctl('fast', 'reload');
my $log = "$pg->{dir}/log";

# Texts go to the error log; deliveries are recorded as with a provider that sends receipts.
sub site {
    my (%o) = @_;
    return Site->new(
        driver => 'pgsql', pg => $pg, children => 1, threads => 4,
        params => "$params application_name=authsms", %o
    )->start;
}

# The statements that this call sends.
sub statements {
    my ($call) = @_;
    my $begin = -s $log;
    $call->();
    open my $in, '<', $log or die "$log: $!";
    seek $in, $begin, 0;
    return grep { s/^authsms LOG:  (?:statement|execute [^:]+): // } <$in>;
}

sub report {
    my ($name, $most, $call) = @_;
    my $status;
    my @sent = statements(sub { $status = $call->()->{status} });
    printf "%-34s %3d  (%s; status %d)\n", $name, scalar @sent,
        defined $most ? "at most $most" : 'no bound', $status;
    print map { "    $_" } @sent if $verbose;
    return;
}

sub measure {
    my ($title, %o) = @_;
    my $site = site(%o);
    print "\n$title\n";
    my $warm = $site->signup;
    my $person = Site::person();
    my $wrong = { %$person, password => 'wrong horse 12345' };
    my $id;
    report(
        'POST /user', 9,
        sub {
            my $r = $site->register($person);
            $id = $r->{json}{id};
            return $r;
        }
    );
    my $code = $site->code_of(Site::e164($person));
    report('POST /user/:id/verify', 8, sub { $site->api("/user/$id/verify", { code => $code }) });
    my ($token, $refresh);
    report(
        'POST /authenticate', 8,
        sub {
            my $r = $site->login($person);
            ($token, $refresh) = @{ $r->{json} }{qw(token refresh_token)};
            return $r;
        }
    );
    report('POST /authenticate, known address', 8, sub { $site->login($person) });
    report('POST /authenticate, wrong', 5, sub { $site->login($wrong) });
    report('POST /token', 4, sub { $site->api('/token', { refresh_token => $refresh }) });
    report('GET /private/, first time', 1,
        sub { $site->client->get('/private/', Authorization => $token) });
    report('GET /private/, again', 0,
        sub { $site->client->get('/private/', Authorization => $token) });
    $site->stop;
    return;
}

measure('Texts without receipts');
measure('Without a welcome text', server => 'AuthSMSTemplate welcome none');
measure(
    'Queued texts',
    server => "AuthSMSDelivery queued\nAuthSMSPublicURL http://127.0.0.1/app_api"
);
$pg->stop;
done_testing;

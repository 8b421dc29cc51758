# SPDX-License-Identifier: Apache-2.0
# Claiming a queued text takes so long that the lease could end before the text is sent and
# recorded: it is not sent under that lease.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'no PostgreSQL here' unless Postgres::available();
my $pg = Postgres->new;
my $provider = Provider->start;
# A claim lasts 16 s; sending takes up to 6 s of them, recording up to 5 s.
my $site = Site->new(
    driver => 'pgsql', pg => $pg, params => $pg->create_database, children => 1,
    sender => 'AuthSMSSender ' . $provider->twilio,
    server => "AuthSMSAppName slow\nAuthSMSDelivery queued\nAuthSMSTimeout 1s 6s parallel=1\n"
        . "AuthSMSLimit * off\nAuthSMSCode ttl=10m resend=0"
)->start;
is $site->register(Site::person())->{status}, 201, 'a text is queued';
ok $provider->wait_for(sub { $provider->texts == 1 }, 10), 'and sent';

$site->sql(q{CREATE SEQUENCE slow_claims});
$site->sql(
    q{CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS }
        . q{'BEGIN PERFORM nextval(''slow_claims''), pg_sleep(2.7); RETURN NULL; END'}
);
# The lease of the job, the claim, its COMMIT: 8.1 s.
$site->sql(
    q{CREATE TRIGGER slow AFTER UPDATE ON authsms_jobs FOR EACH ROW }
        . q{WHEN (NEW.name LIKE 'outbox %') EXECUTE FUNCTION slow()}
);
$site->sql(
    q{CREATE TRIGGER slow AFTER UPDATE ON authsms_outbox FOR EACH ROW }
        . q{WHEN (NEW.state = 2 AND OLD.state = 1) EXECUTE FUNCTION slow()}
);
$site->sql(
    q{CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON authsms_outbox DEFERRABLE }
        . q{INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 2 AND OLD.state = 1) }
        . q{EXECUTE FUNCTION slow()}
);
is $site->register(Site::person())->{status}, 201, 'another text is queued';
my $claims = sub { $site->sql('SELECT last_value FROM slow_claims') };
my $end = time + 40;
sleep 0.3 until $claims->() >= 4 || time > $end;
cmp_ok $claims->(), '>=', 4, 'it is claimed, and claimed again';
is scalar($provider->texts), 1, 'and not sent under the first claim';

$site->sql(
          "DROP TRIGGER slow ON authsms_jobs; DROP TRIGGER slow ON authsms_outbox; DROP TRIGGER "
        . "late ON authsms_outbox");
ok $provider->wait_for(sub { $provider->texts == 2 }, 60),
    'with a database that answers in time it is sent';
sleep 1;    # a second text would come within this time
is scalar($provider->texts), 2, 'once';
$site->httpd->expect_log(qr/the database (?:failed|cannot be reached)|connections are busy/);
$site->stop;
$provider->stop;
$pg->stop;
done_testing;

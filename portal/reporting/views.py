from flask import Blueprint
from portal.infra.access import public_page
blueprint = Blueprint('reporting', __name__)
@blueprint.get('/<tenant>/r/')
@public_page
def report():
    return 'stub'
